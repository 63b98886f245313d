#include "steward/control/server_options.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace steward;
using namespace steward::control;

namespace {

stats::ServerState sibling() {
  stats::ServerState state;
  state.name = "web1";
  state.initial_weight = 50;
  state.check_state = stats::check_configured | stats::check_enabled;
  return state;
}

const ServerFacts kFacts{false, 2, 3, 40};

}  // namespace

TEST_CASE("a server is like its sibling, as far as HAProxy tells") {
  const auto state = sibling();
  CHECK(server_options({}, &state, kFacts) == "check rise 2 fall 3 weight 50 maxconn 40");
  CHECK(server_options({}, nullptr, {}) == "");
  stats::ServerState idle;
  CHECK(server_options({}, &idle, {}) == "weight 0");
}

TEST_CASE("what is named wins over the sibling's, and false takes it away") {
  const auto state = sibling();
  CHECK(server_options({{"weight", "7"}, {"check", "false"}, {"inter", "1s"}}, &state, kFacts) ==
        "rise 2 fall 3 weight 7 maxconn 40 inter 1s");
}

TEST_CASE("how TLS is verified is not guessed") {
  auto state = sibling();
  state.use_ssl = 1;
  CHECK_FALSE(server_options({}, &state, kFacts));
  CHECK(server_options({{"ssl", "false"}}, &state, kFacts));
  CHECK(server_options({{"verify", "required"}, {"ca-file", "/etc/ca.pem"}}, &state, {}) ==
        "check weight 50 ssl verify required ca-file /etc/ca.pem");
}

TEST_CASE("options that are none, or more than a word, are refused") {
  const auto state = sibling();
  CHECK(server_options({{"intr", "1s"}}, &state, kFacts).error().message ==
        "option 'intr' is not one that a server can be added with; did you mean 'inter'?");
  for (const char* value : {"1s;del", "1s rise 1", "", "1\n", "a\\b", "#1"}) {
    CAPTURE(value);
    CHECK_FALSE(server_options({{"inter", value}}, &state, kFacts));
  }
  CHECK_FALSE(server_options({{"check", "yes"}}, &state, kFacts));
}

TEST_CASE("an address is one that HAProxy need not resolve") {
  CHECK(parse_server_address("10.0.0.9:8080") == "10.0.0.9:8080");
  CHECK(parse_server_address("[::1]:80") == "[::1]:80");
  CHECK(parse_server_address("[2001:DB8:0::0007]:80") == "[2001:db8::7]:80");  // as HAProxy has it
  for (const char* text : {"10.0.0.9", ":80", "app:80", "10.0.0.9:0", "10.0.0.9:80 check",
                           "/tmp/a.sock", "1.2.3:80", "10.0.0.9:80;x", ""}) {
    CAPTURE(text);
    CHECK_FALSE(parse_server_address(text));
  }
}
