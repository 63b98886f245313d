#include "steward/cli/options.hpp"

#include <algorithm>

#include "steward/base/text.hpp"

namespace steward::cli {
namespace {

using config::ProblemList;

// Puts what `parse` makes of a flag's text into `out`; the problem names the flag.
template <class T, class Parse>
void take(std::string_view flag, const std::optional<std::string>& text, const Parse& parse, T& out,
          ProblemList& problems) {
  if (!text) return;
  auto value = parse(*text);
  if (value) {
    out = std::move(*value);
  } else {
    problems.push_back(fmt::format("{}: {}", flag, value.error().message));
  }
}

template <class T, class Parse>
void take_all(std::string_view flag, const std::vector<std::string>& texts, const Parse& parse,
              std::vector<T>& out, ProblemList& problems) {
  if (texts.empty()) return;
  out.clear();
  for (const std::string& text : texts) take(flag, text, parse, out.emplace_back(), problems);
}

// Text, because CLI11 reads 010 as eight.
Result<unsigned> parse_max_requests(std::string_view text) {
  const auto number = parse_number<unsigned>(text);
  if (number && (text == "0" || !text.starts_with('0'))) return *number;
  return fail(ErrorCode::invalid, "'{}' is not a decimal number of requests; 0 is any number",
              printable(text));
}

// haproxy1, haproxy2 … for those without a name, when there are several.
void name_others(std::vector<config::Instance>& instances) {
  if (instances.size() < 2) return;
  std::size_t number = 0;
  const auto taken = [&](const std::string& name) {
    return std::any_of(instances.begin(), instances.end(),
                       [&](const config::Instance& each) { return each.name == name; });
  };
  for (config::Instance& instance : instances) {
    while (instance.name.empty()) {
      const std::string name = fmt::format("haproxy{}", ++number);
      if (!taken(name)) instance.name = name;
    }
  }
}

}  // namespace

Result<config::Instance> parse_socket_flag(std::string_view text) {
  config::Instance instance;
  const std::size_t equals = text.find('=');
  if (equals != std::string_view::npos && valid_instance_name(text.substr(0, equals))) {
    instance.name = text.substr(0, equals);
    text.remove_prefix(equals + 1);
  }
  auto address = parse_address(text);
  if (!address) return tl::unexpected(address.error());
  instance.socket = std::move(*address);
  return instance;
}

tl::expected<config::Config, ProblemList> apply_flags(config::Config config,
                                                      const ServeFlags& flags) {
  ProblemList problems;
  take_all("--haproxy.socket", flags.sockets, parse_socket_flag, config.instances, problems);
  take("--haproxy.timeout", flags.timeout, config::parse_scrape_timeout, config.scrape.timeout,
       problems);
  take_all("--web.listen-address", flags.listen_addresses, parse_listen_address, config.web.listen,
           problems);
  take("--web.telemetry-path", flags.telemetry_path, config::parse_telemetry_path,
       config.web.telemetry_path, problems);
  if (flags.web_config_file) config.web.config_file = *flags.web_config_file;
  take("--web.max-requests", flags.max_requests, parse_max_requests, config.web.max_requests,
       problems);
  take("--log.level", flags.log_level, config::parse_log_level, config.log.level, problems);
  take("--log.format", flags.log_format, config::parse_log_format, config.log.format, problems);
  if (!problems.empty()) return tl::unexpected(problems);

  name_others(config.instances);
  config::name_instances(config);
  problems = config::validate(config);
  if (!problems.empty()) return tl::unexpected(problems);
  return config;
}

}  // namespace steward::cli
