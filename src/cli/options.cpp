#include "steward/cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "steward/base/text.hpp"
#include "steward/config/yaml.hpp"

namespace steward::cli {
namespace {

using config::Config;
using config::Instance;
using config::ProblemList;

// Reads flags that were given into their places and keeps what was wrong with them.
class Reader {
 public:
  template <class T, class Parse>
  void read(std::string_view flag, const std::optional<std::string>& text, T& out, Parse parse) {
    if (text) take(flag, parse(*text), [&](T value) { out = std::move(value); });
  }

  template <class T, class Parse>
  void read_list(std::string_view flag, const std::vector<std::string>& texts, std::vector<T>& out,
                 Parse parse) {
    if (!texts.empty()) out.clear();
    for (const std::string& text : texts) {
      take(flag, parse(text), [&](T value) { out.push_back(std::move(value)); });
    }
  }

  [[nodiscard]] ProblemList problems() { return std::move(problems_); }

 private:
  template <class T, class Keep>
  void take(std::string_view flag, Result<T> parsed, Keep keep) {
    if (parsed) {
      keep(*std::move(parsed));
    } else {
      problems_.push_back(fmt::format("{}: {}", flag, parsed.error().message));
    }
  }

  ProblemList problems_;
};

Result<unsigned> parse_max_requests(std::string_view text) {
  const auto number = parse_number<unsigned>(text);
  const bool decimal = text == "0" || !text.starts_with('0');  // 010 is eight to many
  if (number && decimal) return *number;
  return fail(ErrorCode::invalid, "'{}' is not a whole number; 0 means no limit", printable(text));
}

Result<std::string> as_it_is(std::string_view text) { return std::string(text); }

bool has_name(const std::vector<Instance>& instances, std::string_view name) {
  return std::any_of(instances.begin(), instances.end(),
                     [&](const Instance& instance) { return instance.name == name; });
}

void name_unnamed(Config& config) {
  config::name_instances(config);
  unsigned number = 0;
  for (Instance& instance : config.instances) {
    while (instance.name.empty()) {
      const std::string name = fmt::format("haproxy{}", ++number);
      if (!has_name(config.instances, name)) instance.name = name;
    }
  }
}

}  // namespace

Result<Instance> parse_socket_flag(std::string_view text) {
  Instance instance;
  const std::size_t equals = text.find('=');
  if (equals != std::string_view::npos && text.find_first_of(":/") > equals) {
    auto name = config::parse_instance_name(text.substr(0, equals));
    if (!name) return tl::unexpected(name.error());
    instance.name = *std::move(name);
    text.remove_prefix(equals + 1);
  }
  auto socket = parse_address(text);
  if (!socket) return tl::unexpected(socket.error());
  instance.socket = *std::move(socket);
  return instance;
}

tl::expected<Config, ProblemList> merge(Config config, const ServeFlags& flags) {
  Reader reader;
  reader.read_list("--haproxy.socket", flags.sockets, config.instances, parse_socket_flag);
  reader.read("--haproxy.timeout", flags.timeout, config.scrape.timeout,
              config::parse_scrape_timeout);
  reader.read_list("--web.listen-address", flags.listen_addresses, config.web.listen,
                   parse_listen_address);
  reader.read("--web.telemetry-path", flags.telemetry_path, config.web.telemetry_path,
              config::parse_telemetry_path);
  reader.read("--web.config.file", flags.web_config_file, config.web.config_file, as_it_is);
  reader.read("--web.max-requests", flags.max_requests, config.web.max_requests,
              parse_max_requests);
  reader.read("--log.level", flags.log_level, config.log.level, config::parse_log_level);
  reader.read("--log.format", flags.log_format, config.log.format, config::parse_log_format);
  if (auto problems = reader.problems(); !problems.empty()) {
    return tl::unexpected(std::move(problems));
  }
  name_unnamed(config);
  return config;
}

tl::expected<ServersOptions, ProblemList> options_of(const ServersFlags& flags) {
  Reader reader;
  ServersOptions options;
  Instance instance{"", options.socket, {}};
  reader.read("--socket", flags.socket, instance, parse_socket_flag);
  reader.read("--haproxy.timeout", flags.timeout, options.timeout, config::parse_scrape_timeout);
  reader.read("--output", flags.output, options.output,
              config::one_of<Output>({{"table", Output::table}, {"json", Output::json}}));
  if (auto problems = reader.problems(); !problems.empty()) {
    return tl::unexpected(std::move(problems));
  }
  options.socket = instance.socket;
  options.backend = flags.backend;
  return options;
}

}  // namespace steward::cli
