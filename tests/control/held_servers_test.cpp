#include "steward/control/held_servers.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

std::vector<HeldServer> held_in(const Scene& scene) { return held_servers(scene.book, "lb1"); }

}  // namespace

TEST_CASE("a server is held before HAProxy is told, and until it is told to go back") {
  Scene scene;
  CHECK(held_in(scene).empty());
  scene.fire("Sick", "web1");
  CHECK_FALSE(scene.compare().empty());  // decided, not sent
  REQUIRE(held_in(scene).size() == 1);
  CHECK(held_in(scene)[0].server == "web1");
  CHECK(held_in(scene)[0].state == kDrain);
  scene.settle();
  CHECK(held_in(scene).size() == 1);
  scene.resolve("Sick", "web1");
  CHECK(held_in(scene).empty());
  CHECK_FALSE(scene.compare().empty());  // the way back, not sent
  CHECK(held_in(scene).empty());
}

TEST_CASE("all that is held of a server is one entry, with its longest lease") {
  Scene scene;
  scene.fire("Sick", "web1");
  scene.fire("Slow", "web1");
  scene.fire("Dead", "web2");
  scene.settle();
  const auto held = held_in(scene);
  REQUIRE(held.size() == 2);
  CHECK(held[0].state == kDrain);
  CHECK(held[0].weight == Value{Setting::weight, 50});
  CHECK(held[0].expires == scene.book.shelf(Scene::target_of("web1"))->live[0]->expires);
  CHECK(held[1].health == kDown);
}

TEST_CASE("what is about to end is not held, whatever else holds the server") {
  Scene scene;
  scene.fire("Sick", "web1");
  scene.fire("Slow", "web1");
  scene.settle();
  scene.resolve("Sick", "web1");
  const auto held = held_in(scene);  // before a round, as a new process would find it
  REQUIRE(held.size() == 1);
  CHECK_FALSE(held[0].state);
  CHECK(held[0].weight == Value{Setting::weight, 50});
  CHECK(held[0].expires == scene.book.shelf(Scene::target_of("web1"))->live[1]->expires);
}

TEST_CASE("what sets a server freer than it was is not held") {
  Scene scene;
  scene.act({Setting::weight, 200}, "web1");
  scene.fire("Blind", "web2");
  scene.settle();
  CHECK(held_in(scene).empty());
}

TEST_CASE("of a HAProxy that was away only what people hold is held, with their values") {
  Scene scene(4);
  scene.act({Setting::weight, 50}, "web1");
  for (Rule& rule : scene.policy.rules) {
    if (rule.name == "Slow") rule.set = {Setting::weight, 0, true};
  }
  scene.fire("Slow", "web1");
  scene.fire("Sick", "web2");
  scene.seconds(2);
  const auto all = held_servers(scene.book, "lb1");
  REQUIRE(all.size() == 2);
  CHECK(all[0].weight->level == 0);
  const auto of_people = held_servers(scene.book, "lb1", true);
  REQUIRE(of_people.size() == 1);
  CHECK(of_people[0].server == "web1");
  CHECK(of_people[0].weight->level == 50);
}
