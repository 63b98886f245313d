#include "steward/cli/options.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::cli;

namespace {

ServeFlags sockets(std::vector<std::string> given) {
  ServeFlags flags;
  flags.sockets = std::move(given);
  return flags;
}

std::vector<std::string> names(const ServeFlags& flags) {
  const auto config = apply_flags({}, flags);
  REQUIRE(config);
  std::vector<std::string> found;
  for (const auto& instance : config->instances) found.push_back(instance.name);
  return found;
}

config::ProblemList problems(const ServeFlags& flags) {
  const auto config = apply_flags({}, flags);
  REQUIRE_FALSE(config);
  return config.error();
}

}  // namespace

TEST_CASE("a socket alone is enough, and is called default") {
  CHECK(names(sockets({"unix:/run/a.sock"})) == std::vector<std::string>{"default"});
}

TEST_CASE("several sockets are named by their user, or numbered") {
  CHECK(names(sockets({"lb1=unix:/a", "unix:/b", "haproxy1=tcp:h:1"})) ==
        std::vector<std::string>{"lb1", "haproxy2", "haproxy1"});
}

TEST_CASE("a path may hold an equals sign") {
  const auto plain = REQUIRE_OK(parse_socket_flag("unix:/run/a=b.sock"));
  CHECK(plain.name.empty());
  CHECK(plain.socket == Address{UnixAddress{"/run/a=b.sock"}});
  const auto named = REQUIRE_OK(parse_socket_flag("lb1=unix:/run/a=b.sock"));
  CHECK(named.name == "lb1");
  CHECK(named.socket == Address{UnixAddress{"/run/a=b.sock"}});
}

TEST_CASE("a flag wins over the file, sockets replace its instances") {
  config::Config file;
  file.instances = {{"lb1", UnixAddress{"/a"}, {}}, {"lb2", UnixAddress{"/b"}, {}}};
  file.web.max_requests = 7;
  file.log.level = "debug";
  ServeFlags flags = sockets({"only=unix:/c"});
  flags.log_level = "warn";
  flags.listen_addresses = {"127.0.0.1:1", "[::1]:2"};
  const auto config = apply_flags(file, flags);
  REQUIRE(config);
  REQUIRE(config->instances.size() == 1);
  CHECK(config->instances[0].name == "only");
  CHECK(config->web.max_requests == 7);
  CHECK(config->log.level == "warn");
  CHECK(config->web.listen.size() == 2);
}

TEST_CASE("every wrong flag is told at once, by its name") {
  ServeFlags flags = sockets({"nowhere"});
  flags.timeout = "5";
  flags.listen_addresses = {"9101"};
  flags.telemetry_path = "metrics";
  flags.log_level = "loud";
  flags.log_format = "xml";
  const auto told = problems(flags);
  REQUIRE(told.size() == 6);
  CHECK(told[0].starts_with("--haproxy.socket: 'nowhere'"));
  CHECK(told[1].starts_with("--haproxy.timeout: "));
  CHECK(told[5].starts_with("--log.format: "));
}

TEST_CASE("without any HAProxy it says what to give") {
  CHECK(problems({}).at(0).find("--haproxy.socket") != std::string::npos);
}

TEST_CASE("the same HAProxy twice is refused") {
  CHECK_FALSE(problems(sockets({"a=unix:/x", "b=unix:/x"})).empty());
  CHECK_FALSE(problems(sockets({"a=unix:/x", "a=unix:/y"})).empty());
}
