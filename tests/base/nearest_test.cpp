#include "steward/base/nearest.hpp"

#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace steward;

TEST_CASE("a name within two letters is offered") {
  const std::vector<std::string> names{"web", "api", "database"};
  CHECK(suggestion("we", names) == "did you mean 'web'?");
  CHECK(suggestion("databse", names) == "did you mean 'database'?");
}

TEST_CASE("otherwise all names are, up to twenty, printable") {
  CHECK(suggestion("zzzz", std::vector<std::string>{"web", "a\nb"}) == "there is: web, a\\nb");
  CHECK(suggestion("zzzz", {}) == "there is none");
  const std::vector<std::string> many(30, "name-of-a-backend");
  CHECK(suggestion("zzzz", many).ends_with(", …"));
}
