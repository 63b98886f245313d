#include "steward/control/plan.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

// Between deciding and telling HAProxy is looked at once more.
struct Late : Scene {
  using Scene::Scene;
  void decide_steps() {
    look();
    steps = compare();
  }
  void die(const char* name) {
    server(name).alive = false;
    haproxy.check_all();
    look();
  }
  std::size_t told() { return still_safe(book, world(), sight(), steps).size(); }
  std::vector<Step> steps;
};

}  // namespace

TEST_CASE("what would break the floor by now is not told") {
  Late scene(2);
  scene.fire("Sick", "web1");
  scene.decide_steps();
  CHECK(scene.told() == 1);
  scene.die("web2");
  CHECK(scene.told() == 0);
}

TEST_CASE("of several steps so many are told as the floor allows by now") {
  Late scene(4);
  for (const char* name : {"web1", "web2"}) scene.fire("Sick", name);
  scene.decide_steps();
  CHECK(scene.told() == 2);
  scene.die("web4");
  CHECK(scene.told() == 1);
}

TEST_CASE("what an admin forced is told, whatever it breaks by now") {
  Late scene(2);
  scene.act({Setting::state, kDrain}, "web1", true);
  scene.decide_steps();
  scene.die("web2");
  CHECK(scene.told() == 1);
}

TEST_CASE("what was in force in the process before is told on what was known then") {
  Late scene(2);
  scene.fire("Sick", "web1");
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  scene.haproxy.reload();
  scene.now += 1s;
  scene.decide_steps();
  REQUIRE(scene.steps.size() == 1);
  CHECK(scene.told() == 1);
}

TEST_CASE("what HAProxy does not do at once keeps its place until it is told again") {
  Scene scene(4);
  scene.policy.limits.defaults.min_available_percent = 75;
  scene.policy.limits.defaults.min_wanted_percent = 25;
  scene.seconds(3);
  scene.haproxy.deaf = true;
  scene.fire("Sick", "web1");
  scene.seconds(4);
  scene.haproxy.deaf = false;
  const auto later = scene.fire("Sick", "web2");
  const auto told = scene.haproxy.told;
  scene.pass(1s);
  CHECK(scene.haproxy.told == told);
  scene.seconds(10);
  CHECK(scene.server("web1").admin == stats::forced_drain);
  CHECK(scene.server("web2").admin == 0);
  CHECK(scene.only(later).guard == Guard::min_available);
}

TEST_CASE("a ramp that may not take the last server stays at the level before") {
  Scene scene(2);
  scene.seconds(3);
  const auto report = scene.ramp(100, 0, 20s, "web1", scene.caller);
  scene.seconds(15);
  scene.server("web2").alive = false;
  scene.seconds(30);
  CHECK(scene.server("web1").weight > 0);
  CHECK(scene.server("web1").weight <= 10);
  CHECK(scene.only(report).admitted);
  scene.server("web2").alive = true;
  scene.seconds(10);
  CHECK(scene.server("web1").weight == 0);
}

TEST_CASE("what one wish lets go of and another takes in the same round is not told") {
  Scene scene;
  scene.policy.rules.push_back(Scene::rule("Other", {Setting::weight, 50, true}));
  scene.fire("Slow", "web1");
  scene.seconds(3);
  scene.paused = "night";
  const auto other = scene.fire("Other", "web1");
  scene.paused.reset();
  scene.resolve("Slow", "web1");
  const auto told = scene.haproxy.told;
  scene.seconds(3);
  CHECK(scene.haproxy.told == told);
  CHECK(scene.only(other).phase == Phase::active);
}
