#include "steward/cli/options.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::cli;
using namespace std::chrono_literals;
using config::Config;
using config::Instance;
using config::ProblemList;

namespace {

Config merged(const ServeFlags& flags, const Config& file = {}) {
  auto config = merge(file, flags);
  if (!config) FAIL(config.error().front());
  return *config;
}

ProblemList problems_of(const ServeFlags& flags) {
  const auto config = merge({}, flags);
  REQUIRE_FALSE(config);
  return config.error();
}

std::vector<std::string> names_of(const std::vector<std::string>& sockets) {
  ServeFlags flags;
  flags.sockets = sockets;
  std::vector<std::string> names;
  for (const Instance& instance : merged(flags).instances) names.push_back(instance.name);
  return names;
}

Address local(const std::string& path) { return UnixAddress{path}; }

}  // namespace

TEST_CASE("a socket flag is an address, with or without a name before it") {
  CHECK(REQUIRE_OK(parse_socket_flag("/run/a.sock")) == Instance{"", local("/run/a.sock"), {}});
  CHECK(REQUIRE_OK(parse_socket_flag("unix:/run/a.sock")).socket == local("/run/a.sock"));
  CHECK(REQUIRE_OK(parse_socket_flag("lb-1.x=unix:/a")) == Instance{"lb-1.x", local("/a"), {}});
  CHECK(REQUIRE_OK(parse_socket_flag("lb1=tcp:[::1]:9999")) ==
        Instance{"lb1", TcpAddress{"::1", 9999}, {}});
}

TEST_CASE("a '=' within a path does not make a name") {
  CHECK(REQUIRE_OK(parse_socket_flag("unix:/run/a=b")) == Instance{"", local("/run/a=b"), {}});
  CHECK(REQUIRE_OK(parse_socket_flag("/run/a=b")) == Instance{"", local("/run/a=b"), {}});
  CHECK(REQUIRE_OK(parse_socket_flag("lb=/run/a=b")) == Instance{"lb", local("/run/a=b"), {}});
}

TEST_CASE("a socket flag that is neither says what is wrong with which part") {
  CHECK(parse_socket_flag("b c=unix:/a").error().message.find("'b c' is not an instance name") ==
        0);
  CHECK(parse_socket_flag("=unix:/a").error().message.find("'' is not an instance name") == 0);
  CHECK(parse_socket_flag("lb=").error().message.find("'' is not a socket address") == 0);
  CHECK(parse_socket_flag("lb=a").error().message.find("'a' is not a socket address") == 0);
  CHECK(parse_socket_flag("").error().message.find("'' is not a socket address") == 0);
}

TEST_CASE("an only socket without a name is called default, several are numbered") {
  CHECK(names_of({"/a"}) == std::vector<std::string>{"default"});
  CHECK(names_of({"lb=/a"}) == std::vector<std::string>{"lb"});
  CHECK(names_of({"/a", "/b"}) == std::vector<std::string>{"haproxy1", "haproxy2"});
  CHECK(names_of({"lb=/a", "/b"}) == std::vector<std::string>{"lb", "haproxy1"});
}

TEST_CASE("a number that is somebody's name is left out") {
  CHECK(names_of({"/a", "haproxy1=/b", "/c", "haproxy3=/d"}) ==
        std::vector<std::string>{"haproxy2", "haproxy1", "haproxy4", "haproxy3"});
}

TEST_CASE("without flags the configuration is the file's") {
  Config file;
  file.instances = {{"lb", local("/a"), local("/m")}};
  file.scrape.timeout = 9s;
  file.scrape.pacing = config::Pacing::off;
  file.web.listen = {{"127.0.0.1", 1}};
  file.web.config_file = "web.yml";
  file.log = {"warn", config::LogFormat::json};
  CHECK(merged({}, file) == file);
}

TEST_CASE("a flag given wins over the file, and leaves what it does not name") {
  Config file;
  file.instances = {{"lb", local("/a"), local("/m")}, {"lb2", local("/b"), {}}};
  file.scrape = {9s, config::Pacing::off, config::Compat::haproxy_exporter};
  file.web = {{{"127.0.0.1", 1}, {"", 2}}, "/file", "file.yml", 7};
  file.log = {"warn", config::LogFormat::json};

  ServeFlags flags;
  flags.sockets = {"unix:/c"};
  flags.timeout = "1m30s";
  flags.listen_addresses = {":3", "[::1]:4"};
  flags.telemetry_path = "/flag";
  flags.web_config_file = "flag.yml";
  flags.max_requests = "0";
  flags.log_level = "debug";
  flags.log_format = "text";

  const Config config = merged(flags, file);
  CHECK(config.instances == std::vector<Instance>{{"default", local("/c"), {}}});
  CHECK(config.scrape ==
        config::Scrape{90s, config::Pacing::off, config::Compat::haproxy_exporter});
  CHECK(config.web == config::Web{{{"", 3}, {"::1", 4}}, "/flag", "flag.yml", 0});
  CHECK(config.log == config::Log{"debug", config::LogFormat::text});
}

TEST_CASE("every flag that is wrong is a problem that begins with its name") {
  ServeFlags flags;
  flags.sockets = {"nonsense", "/good"};
  flags.listen_addresses = {"9101"};
  flags.timeout = "5";
  flags.telemetry_path = "metrics";
  flags.max_requests = "-1";
  flags.log_level = "loud";
  flags.log_format = "xml";
  const ProblemList problems = problems_of(flags);
  REQUIRE(problems.size() == 7);
  CHECK(problems[0].find("--haproxy.socket: 'nonsense' is not") == 0);
  CHECK(problems[1].find("--haproxy.timeout: '5' is not a duration") == 0);
  CHECK(problems[2].find("--web.listen-address: '9101' has no port") == 0);
  CHECK(problems[3].find("--web.telemetry-path: 'metrics' is not a path") == 0);
  CHECK(problems[4] == "--web.max-requests: '-1' is not a whole number; 0 means no limit");
  CHECK(problems[5] == "--log.level: 'loud' is not one of debug, info, warn, error");
  CHECK(problems[6] == "--log.format: 'xml' is not one of text, json");
}

TEST_CASE("a number is decimal") {
  for (const char* number : {"010", "0x10", "-1", "+1", "", " 1", "1.0", "1e3", "99999999999"}) {
    CAPTURE(number);
    ServeFlags flags;
    flags.max_requests = number;
    CHECK(problems_of(flags).size() == 1);
  }
}

TEST_CASE("merging what cannot be served together is left to validate") {
  ServeFlags flags;
  flags.sockets = {"a=/x", "a=/x"};
  CHECK(config::validate(merged(flags)).size() == 2);
  CHECK(config::validate(merged({})).size() == 1);
  flags.sockets = {"/x", "/y"};
  CHECK(config::validate(merged(flags)).empty());
}

TEST_CASE("the flags of servers become its options") {
  ServersFlags flags;
  REQUIRE(options_of(flags));
  CHECK(options_of(flags)->socket == local("/run/haproxy/admin.sock"));
  flags.socket = "lb1=unix:/a";
  const auto plain = options_of(flags);
  REQUIRE(plain);
  CHECK(plain->socket == local("/a"));
  CHECK(plain->timeout == 5s);
  CHECK(plain->output == Output::table);
  CHECK_FALSE(plain->backend);

  flags.backend = "web";
  flags.timeout = "250ms";
  flags.output = "json";
  const auto full = options_of(flags);
  REQUIRE(full);
  CHECK(full->timeout == 250ms);
  CHECK(full->output == Output::json);
  CHECK(full->backend == "web");
}

TEST_CASE("wrong flags of servers are all named") {
  ServersFlags flags;
  flags.socket = "x";
  flags.timeout = "0";
  flags.output = "yaml";
  const auto options = options_of(flags);
  REQUIRE_FALSE(options);
  REQUIRE(options.error().size() == 3);
  CHECK(options.error()[0].find("--socket: 'x' is not a socket address") == 0);
  CHECK(options.error()[1].find("--haproxy.timeout: a scrape timeout is from 1ms") == 0);
  CHECK(options.error()[2] == "--output: 'yaml' is not one of table, json");
}
