#include "steward/stats/status.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward::stats;

namespace {

std::string_view server_state(std::string_view status) {
  const auto state = parse_status(Kind::server, status);
  return state ? kServerStates.at(*state) : "none";
}

}  // namespace

TEST_CASE("every word HAProxy has for a server's status is one of promex's states") {
  for (const char* up : {"UP", "UP 1/2", "UP 4/6", "no check"}) CHECK(server_state(up) == "UP");
  for (const char* down : {"DOWN", "DOWN 1/2", "DOWN (agent)"}) {
    CHECK(server_state(down) == "DOWN");
  }
  for (const char* maint : {"MAINT", "MAINT (via web/web1)", "MAINT (resolution)"}) {
    CHECK(server_state(maint) == "MAINT");
  }
  for (const char* drain : {"DRAIN", "DRAIN 1/2", "DRAIN (agent)"}) {
    CHECK(server_state(drain) == "DRAIN");
  }
  CHECK(server_state("NOLB 1/2") == "NOLB");
}

TEST_CASE("a status nobody knows is none, rather than a guess") {
  CHECK(server_state("ASLEEP") == "none");
  CHECK(server_state("") == "none");
  CHECK_FALSE(parse_status(Kind::listener, "CLOSED"));
}

TEST_CASE("a frontend is DOWN only once it is stopped") {
  CHECK(parse_status(Kind::frontend, "OPEN") == 1U);
  CHECK(parse_status(Kind::frontend, "FULL") == 1U);
  CHECK(parse_status(Kind::frontend, "PAUSED") == 1U);
  CHECK(parse_status(Kind::frontend, "STOP") == 0U);
}

TEST_CASE("a check under way shows its last result") {
  CHECK(parse_check_status("* L7OK") == parse_check_status("L7OK"));
  CHECK(parse_check_status("L7OK") == 10U);
  CHECK_FALSE(parse_check_status("INI"));
  CHECK_FALSE(parse_check_status("UNK"));
}
