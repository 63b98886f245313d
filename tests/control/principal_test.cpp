#include "steward/control/principal.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward::control;

TEST_CASE("a role may do what it is for and what the lesser may") {
  const Principal viewer{"eve", Role::viewer, {}, {}};
  const Principal person{"alice", Role::operator_, {}, {}};
  const Principal admin{"root", Role::admin, {}, {}};
  CHECK(why_forbidden(viewer, Action::drain, "web"));
  CHECK(!why_forbidden(person, Action::drain, "web"));
  CHECK(why_forbidden(person, Action::health, "web") ==
        "alice (operator) may not set health; that needs admin");
  CHECK(!why_forbidden(admin, Action::health, "web"));
}

TEST_CASE("a rule of the configuration lends its action to an operator, never to a viewer") {
  CHECK(!why_forbidden({"am", Role::operator_, {}, {}}, Action::maint, "web", true));
  CHECK(why_forbidden({"am", Role::viewer, {}, {}}, Action::maint, "web", true));
}

TEST_CASE("a principal stays within its backends and actions") {
  const Principal person{"alice", Role::admin, {"web*", "db"}, {Action::drain}};
  CHECK(!why_forbidden(person, Action::drain, "web-blue"));
  CHECK(!why_forbidden(person, Action::drain, "db"));
  CHECK(why_forbidden(person, Action::drain, "db2"));
  CHECK(why_forbidden(person, Action::ready, "web"));
  CHECK(why_forbidden(person, Action::ready, "web", true));
}

TEST_CASE("globs match as a shell's") {
  CHECK(glob_match("*", ""));
  CHECK(glob_match("web*", "web"));
  CHECK(glob_match("*a*b", "xxaxxabxb"));
  CHECK(glob_match("w?b", "web"));
  CHECK(!glob_match("w?b", "wb"));
  CHECK(!glob_match("", "web"));
  CHECK(!glob_match("*.web", "web"));
}
