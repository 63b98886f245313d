#include "steward/control/override.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward::control;

TEST_CASE("phases, guards and ends are read back as they are written") {
  for (int i = 0; i <= static_cast<int>(Phase::failed); ++i) {
    const auto phase = static_cast<Phase>(i);
    CHECK(parse_phase(to_string(phase)) == phase);
  }
  for (int i = 0; i <= static_cast<int>(Guard::flap); ++i) {
    const auto guard = static_cast<Guard>(i);
    CHECK(parse_guard(to_string(guard)) == guard);
  }
  for (int i = 0; i <= static_cast<int>(End::superseded); ++i) {
    const auto end = static_cast<End>(i);
    CHECK(parse_end(to_string(end)) == end);
  }
}

TEST_CASE("an override lives from its wish until it is gone") {
  CHECK(live(Phase::pending));
  CHECK(live(Phase::active));
  CHECK(live(Phase::releasing));
  CHECK(!live(Phase::released));
  CHECK(!live(Phase::failed));
}
