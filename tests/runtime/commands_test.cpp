#include "steward/runtime/commands.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "steward/base/limits.hpp"

using namespace steward;
using namespace steward::runtime;
using control::Command;
using control::Verb;

TEST_CASE("commands are HAProxy's own") {
  const control::ServerRef web{"lb1", "web", "web1"};
  CHECK(text_of({Verb::state_drain}, web) == "set server web/web1 state drain");
  CHECK(text_of({Verb::weight, 25}, web) == "set server web/web1 weight 25");
  CHECK(text_of({Verb::enable_health}, web) == "enable health web/web1");
  const std::vector<Command> pair{{Verb::disable_health}, {Verb::health_down}};
  CHECK(text_of(pair, web) == "disable health web/web1;set server web/web1 health down");
}

TEST_CASE("a name that could be a command never becomes text") {
  for (const char* name : {"ser;ver", "a b", "#1", "", "a\nb", "a\\;b"}) {
    CHECK(!text_of({Verb::state_ready}, {"", "web", name}));
    CHECK(!text_of({Verb::state_ready}, {"", name, "web1"}));
    CHECK(!show_state(name));
  }
}

TEST_CASE("commands are chained into lines HAProxy's buffer takes") {
  const std::vector<std::string> texts(1000, "set server backend/server1 state drain");
  const auto lines = chained(texts);
  CHECK(lines.size() == 1000 / (8192 / 39) + 1);
  std::size_t commands = 0;
  for (const auto& line : lines) {
    CHECK(line.size() <= limits::kCommandBytes);
    commands += static_cast<std::size_t>(std::count(line.begin(), line.end(), ';')) + 1;
  }
  CHECK(commands == 1000);
  CHECK(chained({}).empty());
}
