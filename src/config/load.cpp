#include "steward/config/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "steward/base/duration.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/config/control_load.hpp"
#include "steward/config/files.hpp"
#include "steward/config/yaml.hpp"

namespace steward::config {
namespace {

namespace fs = std::filesystem;

Result<std::chrono::milliseconds> check_timeout(std::chrono::milliseconds timeout) {
  if (timeout.count() > 0 && timeout <= limits::kScrapeTimeoutMax) return timeout;
  return fail(ErrorCode::invalid, "a scrape timeout is from 1ms to {}, not {}",
              format_duration(limits::kScrapeTimeoutMax), format_duration(timeout));
}

// Two spellings of one path are one socket.
std::string identity(const Address& address) {
  const auto* local = std::get_if<UnixAddress>(&address);
  if (local == nullptr) return to_string(address);
  return to_string(UnixAddress{fs::path(local->path).lexically_normal().string()});
}

// Remembers values, to refuse the second of two that must differ.
class Once {
 public:
  template <class T>
  [[nodiscard]] Result<T> take(T value, const std::string& as) {
    if (seen_.insert(as).second) return value;
    return fail(ErrorCode::invalid, "'{}' is given twice", printable(as));
  }

 private:
  std::set<std::string> seen_;
};

// What must differ from one instance to the next.
struct Identities {
  Once names, sockets;

  [[nodiscard]] Result<std::string> name(const std::string& name) {
    return parse_instance_name(name).and_then(
        [&](std::string valid) { return names.take(std::move(valid), name); });
  }
  [[nodiscard]] Result<Address> socket(const Address& address) {
    return sockets.take(address, identity(address));
  }
};

void read_instance(Section& section, Instance& instance, Identities& identities) {
  const auto socket = [&](std::string_view text) {
    return parse_address(text).and_then(
        [&](const Address& address) { return identities.socket(address); });
  };
  section.require("socket");
  section.read("name", instance.name,
               [&](std::string_view text) { return identities.name(std::string(text)); });
  section.read("socket", instance.socket, socket);
  section.read("master", instance.master, socket);
  section.read("renamed_from", instance.renamed_from, parse_instance_name);
}

void read_instances(Section& root, std::vector<Instance>& instances) {
  Identities identities;
  const bool several = root.count("instances") > 1;
  root.sections(
      "instances", instances,
      [&](Section& section, Instance& instance) {
        if (several) section.require("name");
        read_instance(section, instance, identities);
      },
      limits::kInstances);
}

void read_scrape(Section& section, Scrape& scrape) {
  section.read("timeout", scrape.timeout, parse_scrape_timeout);
  section.read("pacing", scrape.pacing, parse_pacing);
  section.read("compat", scrape.compat, parse_compat);
}

void read_web(Section& section, Web& web) {
  Once addresses;
  const auto listen = [&](std::string_view text) {
    return parse_listen_address(text).and_then(
        [&](const TcpAddress& address) { return addresses.take(address, to_string(address)); });
  };
  section.read_list("listen_addresses", web.listen, listen, limits::kListenAddresses);
  section.read("telemetry_path", web.telemetry_path, parse_telemetry_path);
  section.read("config_file", web.config_file);
  section.read("max_requests", web.max_requests);
}

void read_log(Section& section, Log& log) {
  section.read("level", log.level, parse_log_level);
  section.read("format", log.format, parse_log_format);
}

// Collects what validate finds.
class Findings {
 public:
  template <class T>
  void check(std::string_view where, const Result<T>& result) {
    if (!result) list_.push_back(fmt::format("{}: {}", where, result.error().message));
  }
  void check_count(std::string_view where, std::size_t count, std::size_t most) {
    if (count > most)
      list_.push_back(fmt::format("{}: {} are given, at most {} are allowed", where, count, most));
  }
  void add(std::string sentence) { list_.push_back(std::move(sentence)); }
  [[nodiscard]] ProblemList take() { return std::move(list_); }

 private:
  ProblemList list_;
};

void validate_instances(const std::vector<Instance>& instances, Findings& findings) {
  if (instances.empty()) {
    findings.add(
        "no HAProxy is configured: give --haproxy.socket unix:/run/haproxy/admin.sock, or "
        "instances in the config file");
  }
  findings.check_count("instances", instances.size(), limits::kInstances);
  Identities identities;
  for (const Instance& instance : instances) {
    if (instance.name.empty()) {
      findings.add(
          fmt::format("instances: the one at {} has no name; with several each needs one, as in "
                      "--haproxy.socket lb1=unix:/run/haproxy/admin.sock",
                      printable(to_string(instance.socket))));
    } else {
      findings.check("instances: name", identities.name(instance.name));
    }
    findings.check("instances: socket", identities.socket(instance.socket));
    if (instance.master) findings.check("instances: master", identities.socket(*instance.master));
  }
}

void validate_web(const Web& web, Findings& findings) {
  if (web.listen.empty()) {
    findings.add("web.listen_addresses: none is given; the default is --web.listen-address :9101");
  }
  findings.check_count("web.listen_addresses", web.listen.size(), limits::kListenAddresses);
  Once addresses;
  for (const TcpAddress& address : web.listen) {
    findings.check("web.listen_addresses", addresses.take(address, to_string(address)));
  }
  findings.check("web.telemetry_path", parse_telemetry_path(web.telemetry_path));
}

}  // namespace

tl::expected<Config, ProblemList> load_file(const std::string& path) {
  const auto text = read_file(path, limits::kConfigBytes);
  if (!text) return tl::unexpected(ProblemList{text.error().message});
  return parse(*text, path);
}

tl::expected<Config, ProblemList> parse(std::string_view text, const std::string& file_name) {
  Config config;
  auto problems = read_yaml(text, file_name, [&](Section& root) {
    read_instances(root, config.instances);
    root.section("scrape", config.scrape, read_scrape);
    root.section("web", config.web, read_web);
    root.section("log", config.log, read_log);
    read_control(root, config.control, file_name);
  });
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  config.web.config_file = beside(file_name, config.web.config_file);
  name_instances(config);
  return config;
}

void name_instances(Config& config) {
  if (config.instances.size() == 1 && config.instances.front().name.empty()) {
    config.instances.front().name = "default";
  }
}

ProblemList validate(const Config& config) {
  Findings findings;
  validate_instances(config.instances, findings);
  findings.check("scrape.timeout", check_timeout(config.scrape.timeout));
  validate_web(config.web, findings);
  findings.check("log.level", parse_log_level(config.log.level));
  auto problems = findings.take();
  for (std::string& problem : validate_control(config.control)) {
    problems.push_back(std::move(problem));
  }
  return problems;
}

Result<std::string> parse_instance_name(std::string_view text) {
  if (valid_instance_name(text)) return std::string(text);
  return fail(ErrorCode::invalid,
              "'{}' is not an instance name; use 1 to 64 letters, digits and _ . -",
              printable(text));
}

Result<std::chrono::milliseconds> parse_scrape_timeout(std::string_view text) {
  return parse_duration(text).and_then(check_timeout);
}

Result<std::string> parse_telemetry_path(std::string_view text) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.~-";
  const bool path =
      text.starts_with('/') && text.find_first_not_of(kAllowed) == std::string_view::npos;
  if (!path) {
    return fail(ErrorCode::invalid,
                "'{}' is not a path; write / and letters, digits or / _ . ~ -, as in /metrics",
                printable(text));
  }
  if (text == "/" || text == "/probe" || text.starts_with("/-/")) {
    return fail(ErrorCode::invalid, "'{}' is taken: /, /probe and /-/… are the steward's own",
                printable(text));
  }
  return std::string(text);
}

Result<std::string> parse_log_level(std::string_view text) {
  return one_of<std::string>(
      {{"debug", "debug"}, {"info", "info"}, {"warn", "warn"}, {"error", "error"}})(text);
}

Result<LogFormat> parse_log_format(std::string_view text) {
  return one_of<LogFormat>({{"text", LogFormat::text}, {"json", LogFormat::json}})(text);
}

Result<Pacing> parse_pacing(std::string_view text) {
  return one_of<Pacing>({{"auto", Pacing::automatic},
                         {"off", Pacing::off},
                         {"by_proxy", Pacing::by_proxy},
                         {"throttled", Pacing::throttled}})(text);
}

Result<Compat> parse_compat(std::string_view text) {
  return one_of<Compat>({{"none", Compat::none}, {"haproxy_exporter", Compat::haproxy_exporter}})(
      text);
}

}  // namespace steward::config
