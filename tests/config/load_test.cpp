#include "steward/config/load.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/base/limits.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::config;
using namespace std::chrono_literals;

namespace {

Config config_of(std::string_view text, const std::string& file = "f") {
  auto config = parse(text, file);
  CHECK(config.has_value());
  return config.value_or(Config{});
}

ProblemList load_problems(std::string_view text) {
  const auto config = parse(text, "f");
  return config ? ProblemList{} : config.error();
}

// A configuration that can be served, to be spoilt in one place.
Config good() {
  Config config;
  config.instances = {{"lb1", UnixAddress{"/run/a.sock"}, std::nullopt},
                      {"lb2", TcpAddress{"lb2", 9999}, UnixAddress{"/run/master.sock"}}};
  return config;
}

}  // namespace

TEST_CASE("the whole file is read") {
  const Config config = config_of(R"(
instances:
  - name: lb1
    socket: unix:/run/haproxy/admin.sock
    master: unix:/run/haproxy/master.sock
  - name: lb2
    socket: tcp:lb2:9999
scrape:
  timeout: 10s
  pacing: by_proxy
  compat: haproxy_exporter
web:
  listen_addresses: ["127.0.0.1:9101", "[::1]:9101"]
  telemetry_path: /stats/metrics
  config_file: web.yml
  max_requests: 4
log:
  level: warn
  format: json
)",
                                  "conf/steward.yml");
  const Config expected{
      {{"lb1", UnixAddress{"/run/haproxy/admin.sock"}, UnixAddress{"/run/haproxy/master.sock"}},
       {"lb2", TcpAddress{"lb2", 9999}, std::nullopt}},
      {10s, Pacing::by_proxy, Compat::haproxy_exporter},
      {{{"127.0.0.1", 9101}, {"::1", 9101}}, "/stats/metrics", "conf/web.yml", 4},
      {"warn", LogFormat::json},
      {}};
  CHECK(config == expected);
  CHECK(validate(config).empty());
}

TEST_CASE("an empty file is the default configuration") {
  CHECK(config_of("") == Config{});
  CHECK(config_of("instances:\nscrape:\nweb:\nlog:\n") == Config{});
}

TEST_CASE("pacing, compat, level and format have their names") {
  CHECK(parse_pacing("auto") == Pacing::automatic);
  CHECK(parse_pacing("off") == Pacing::off);
  CHECK(parse_pacing("by_proxy") == Pacing::by_proxy);
  CHECK(parse_pacing("throttled") == Pacing::throttled);
  CHECK(parse_compat("none") == Compat::none);
  CHECK(parse_compat("haproxy_exporter") == Compat::haproxy_exporter);
  CHECK(parse_log_format("text") == LogFormat::text);
  CHECK(parse_log_format("json") == LogFormat::json);
  for (const char* level : {"debug", "info", "warn", "error"}) {
    CHECK(parse_log_level(level) == std::string(level));
  }
  CHECK_FALSE(parse_log_level("warning"));
  CHECK_FALSE(parse_log_level("INFO"));
  CHECK(config_of("scrape: {pacing: off}").scrape.pacing == Pacing::off);
}

TEST_CASE("every value that breaks a rule is named with its place") {
  struct Case {
    const char* text;
    const char* problem;
  };
  for (const auto& [text, problem] : std::initializer_list<Case>{
           {"instances: [{name: a}]", "f:1:13: instances[0].socket: is missing"},
           {"instances: [{name: 'a b', socket: /s}]",
            "f:1:20: instances[0].name: 'a b' is not an instance name; use 1 to 64 letters, digits "
            "and _ . -"},
           {"instances: [{socket: s}]",
            "f:1:22: instances[0].socket: 's' is not a socket address; write "
            "unix:/run/haproxy/admin.sock or tcp:host:port"},
           {"instances: [{socket: /s, master: tcp:x}]",
            "f:1:34: instances[0].master: 'x' has no port; write host:port"},
           {"instances: {socket: /s}", "f:1:12: instances: must be a list, not a map"},
           {"scrape: {timeout: 0s}",
            "f:1:19: scrape.timeout: a scrape timeout is from 1ms to 2m, not 0s"},
           {"scrape: {timeout: 121s}",
            "f:1:19: scrape.timeout: a scrape timeout is from 1ms to 2m, not 2m1s"},
           {"scrape: {timeout: 5}",
            "f:1:19: scrape.timeout: '5' is not a duration; write 5s, 1m30s, 250ms or 2h"},
           {"scrape: {pacing: fast}",
            "f:1:18: scrape.pacing: 'fast' is not one of auto, off, by_proxy, throttled"},
           {"scrape: {compat: promex}",
            "f:1:18: scrape.compat: 'promex' is not one of none, haproxy_exporter"},
           {"web: {listen_addresses: ['9101']}",
            "f:1:26: web.listen_addresses[0]: '9101' has no port; write host:port"},
           {"web: {listen_addresses: [':1', ':1']}",
            "f:1:32: web.listen_addresses[1]: ':1' is given twice"},
           {"web: {telemetry_path: metrics}",
            "f:1:23: web.telemetry_path: 'metrics' is not a path; write / and letters, digits or "
            "/ _ . ~ -, as in /metrics"},
           {"web: {telemetry_path: /probe}",
            "f:1:23: web.telemetry_path: '/probe' is taken: /, /probe and /-/… are the steward's "
            "own"},
           {"web: {max_requests: 0640}",
            "f:1:21: web.max_requests: must be a whole decimal number, not '0640'"},
           {"web: {max_request: 1}",
            "f:1:7: web.max_request: unknown key; did you mean 'max_requests'?"},
           {"log: {level: trace}",
            "f:1:14: log.level: 'trace' is not one of debug, info, warn, error"},
           {"log: {format: xml}", "f:1:15: log.format: 'xml' is not one of text, json"},
           {"colour: []",
            "f:1:1: colour: unknown key; known here: instances, scrape, web, log, control, "
            "storage, "
            "principals, rules, guards"},
       }) {
    INFO(text);
    CHECK(load_problems(text) == ProblemList{problem});
  }
}

TEST_CASE("several instances have names of their own, and sockets of their own") {
  CHECK(load_problems(R"(instances:
  - socket: unix:/run/a.sock
  - name: lb
    socket: /run//./a.sock
  - name: lb
    socket: /run/b.sock
    master: unix:///run/a.sock
)") == ProblemList{"f:2:5: instances[0].name: is missing",
                   "f:4:13: instances[1].socket: 'unix:/run/a.sock' is given twice",
                   "f:5:11: instances[2].name: 'lb' is given twice",
                   "f:7:13: instances[2].master: 'unix:/run/a.sock' is given twice"});
}

TEST_CASE("an only instance is called default unless it has a name") {
  CHECK(config_of("instances: [{socket: /s}]").instances.front().name == "default");
  CHECK(config_of("instances: [{socket: /s, name: lb}]").instances.front().name == "lb");
  Config config = good();
  config.instances[0].name = "";
  name_instances(config);
  CHECK(config.instances[0].name.empty());
  config.instances.pop_back();
  name_instances(config);
  CHECK(config.instances[0].name == "default");
}

TEST_CASE("as many instances and listening addresses as their limits") {
  std::string instances = "instances:\n";
  std::string listen = "web:\n  listen_addresses:\n";
  for (std::size_t i = 0; i < limits::kInstances; ++i) {
    instances += fmt::format("  - {{name: lb{0}, socket: /run/{0}}}\n", i);
  }
  for (std::size_t i = 0; i < limits::kListenAddresses; ++i) listen += fmt::format("  - :{}\n", i);
  CHECK(load_problems(instances + listen).empty());
  CHECK(load_problems(instances + "  - {name: x, socket: /x}\n") ==
        ProblemList{"f:2:3: instances: has 65 items; at most 64 are allowed"});
  CHECK(load_problems(listen + "  - :99\n") ==
        ProblemList{"f:3:3: web.listen_addresses: has 17 items; at most 16 are allowed"});
}

TEST_CASE("web.config_file is looked for beside the file that names it") {
  const std::string text = "web: {config_file: web.yml}";
  CHECK(config_of(text, "/etc/steward/steward.yml").web.config_file == "/etc/steward/web.yml");
  CHECK(config_of(text, "steward.yml").web.config_file == "web.yml");
  CHECK(config_of("web: {config_file: /a/web.yml}", "/b/steward.yml").web.config_file ==
        "/a/web.yml");
  CHECK(config_of("web: {config_file: ''}", "/b/steward.yml").web.config_file.empty());
  CHECK(config_of("", "/b/steward.yml").web.config_file.empty());
}

TEST_CASE("the metrics have a path that is free and plain") {
  for (const char* ok : {"/metrics", "/a/b.c", "/-", "/probes", "/probe/x"}) {
    CHECK(parse_telemetry_path(ok));
  }
  for (const char* bad : {"", "/", "/probe", "/-/", "/-/healthy", "metrics", "/a b", "/a?b", "/a#b",
                          "/a\n", "/(x", "/%41", "/\xc3\xa9"}) {
    INFO(bad);
    CHECK_FALSE(parse_telemetry_path(bad));
  }
}

TEST_CASE("validate finds nothing in a good configuration") {
  CHECK(validate(good()) == ProblemList{});
  Config config = good();
  config.scrape.timeout = limits::kScrapeTimeoutMax;
  CHECK(validate(config) == ProblemList{});
}

TEST_CASE("validate finds what flags and file spoil together") {
  struct Case {
    const char* problem;
    void (*spoil)(Config&);
  };
  for (const auto& [problem, spoil] : std::initializer_list<Case>{
           {"no HAProxy is configured: give --haproxy.socket unix:/run/haproxy/admin.sock, or "
            "instances in the config file",
            [](Config& c) { c.instances.clear(); }},
           {"instances: the one at tcp:lb2:9999 has no name; with several each needs one, as in "
            "--haproxy.socket lb1=unix:/run/haproxy/admin.sock",
            [](Config& c) { c.instances[1].name = ""; }},
           {"instances: name: 'lb1' is given twice",
            [](Config& c) { c.instances[1].name = "lb1"; }},
           {"instances: name: 'a b' is not an instance name; use 1 to 64 letters, digits and _ . -",
            [](Config& c) { c.instances[0].name = "a b"; }},
           {"instances: socket: 'unix:/run/a.sock' is given twice",
            [](Config& c) { c.instances[1].socket = UnixAddress{"/run/x/../a.sock"}; }},
           {"instances: master: 'tcp:lb2:9999' is given twice",
            [](Config& c) {
              c.instances[1].master = TcpAddress{"lb2", 9999};
            }},
           {"scrape.timeout: a scrape timeout is from 1ms to 2m, not 0s",
            [](Config& c) { c.scrape.timeout = 0ms; }},
           {"scrape.timeout: a scrape timeout is from 1ms to 2m, not 2m1ms",
            [](Config& c) { c.scrape.timeout = 120'001ms; }},
           {"web.listen_addresses: none is given; the default is --web.listen-address :9101",
            [](Config& c) { c.web.listen.clear(); }},
           {"web.listen_addresses: ':9101' is given twice",
            [](Config& c) { c.web.listen.push_back(c.web.listen.front()); }},
           {"web.telemetry_path: '/' is taken: /, /probe and /-/… are the steward's own",
            [](Config& c) { c.web.telemetry_path = "/"; }},
           {"log.level: 'loud' is not one of debug, info, warn, error",
            [](Config& c) { c.log.level = "loud"; }},
       }) {
    INFO(problem);
    Config config = good();
    spoil(config);
    CHECK(validate(config) == ProblemList{problem});
  }
}

TEST_CASE("validate counts") {
  Config config = good();
  config.web.listen.clear();
  for (std::uint16_t port = 1; port <= limits::kListenAddresses; ++port) {
    config.web.listen.push_back({"", port});
  }
  config.instances.clear();
  for (std::size_t i = 0; i < limits::kInstances; ++i) {
    config.instances.push_back({fmt::format("lb{}", i), UnixAddress{fmt::format("/{}", i)}, {}});
  }
  CHECK(validate(config) == ProblemList{});
  config.instances.push_back({"more", UnixAddress{"/more"}, {}});
  config.web.listen.push_back({"more", 1});
  CHECK(validate(config) ==
        ProblemList{"instances: 65 are given, at most 64 are allowed",
                    "web.listen_addresses: 17 are given, at most 16 are allowed"});
}

TEST_CASE("a file is loaded, and its problems name it") {
  const test::TempFolder folder;
  const std::string file = folder.write("steward.yml", "web: {config_file: web.yml}\n");
  const auto config = load_file(file);
  REQUIRE(config);
  CHECK(config->web.config_file == folder.path("web.yml"));

  const std::string bad = folder.write("bad.yml", "web:\n  x: 1\nlog: 1\n");
  const auto refused = load_file(bad);
  REQUIRE_FALSE(refused);
  REQUIRE(refused.error().size() == 2);
  CHECK(refused.error()[0].starts_with(bad + ":2:3: web.x: unknown key"));
  CHECK(refused.error()[1] == bad + ":3:6: log: must be a map, not a single value");
}

TEST_CASE("a file that cannot be read is one problem") {
  const test::TempFolder folder;
  CHECK(load_file(folder.path("none.yml")).error() ==
        ProblemList{folder.path("none.yml") + ": cannot be read: No such file or directory"});
  CHECK(load_file(folder.path("")).error() ==
        ProblemList{folder.path("") + ": cannot be read: Is a directory"});
}

TEST_CASE("a file past its limit is refused without being read to its end") {
  const test::TempFolder folder;
  const std::string fits = "#" + std::string(limits::kConfigBytes - 1, 'x');
  CHECK(load_file(folder.write("fits.yml", fits)));
  const std::string large = folder.write("large.yml", fits + "x");
  CHECK(load_file(large).error() ==
        ProblemList{large + ":1:1: the file is larger than 1048576 bytes"});
  CHECK(load_file("/dev/zero").error() ==
        ProblemList{"/dev/zero:1:1: the file is larger than 1048576 bytes"});
}
