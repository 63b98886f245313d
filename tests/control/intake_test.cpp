#include "steward/control/intake.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

Did did(const Report& report) { return report.outcomes.at(0).did; }

}  // namespace

TEST_CASE("a delivery of an earlier firing than the resolved one is late, too") {
  Scene scene;
  scene.fire("Sick", "web1", Time{20s});
  scene.settle();
  scene.resolve("Sick", "web1", Time{20s});
  scene.settle();
  CHECK(did(scene.fire("Sick", "web1", Time{10s})) == Did::duplicate);
  CHECK(scene.book.live_count() == 0);
  CHECK(did(scene.fire("Sick", "web1", Time{21s})) == Did::created);
}

TEST_CASE("an earlier start, as another Alertmanager knows it, does not make the later one new") {
  Scene scene;
  scene.fire("Sick", "web1", Time{20s});
  scene.settle();
  CHECK(did(scene.fire("Sick", "web1", Time{10s})) == Did::renewed);
  scene.resolve("Sick", "web1", Time{10s});
  scene.settle();
  CHECK(did(scene.fire("Sick", "web1", Time{20s})) == Did::duplicate);
}

TEST_CASE("an alert that fires anew while it is held goes on") {
  Scene scene;
  scene.policy.rules[0].min_hold = 1min;
  const auto report = scene.fire("Sick", "web1", Time{1s});
  scene.settle();
  scene.resolve("Sick", "web1");
  CHECK(did(scene.fire("Sick", "web1", Time{1s})) == Did::duplicate);
  CHECK(did(scene.fire("Sick", "web1", Time{2s})) == Did::renewed);
  scene.pass(2min);
  CHECK(scene.only(report).phase == Phase::active);
}

TEST_CASE("what a person released is not taken again by the same firing") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  scene.release(scene.only(report).id);
  CHECK(did(scene.fire("Sick", "web1")) == Did::ignored);
  scene.settle();
  CHECK(did(scene.fire("Sick", "web1")) == Did::ignored);
  CHECK(scene.server("web1").admin == 0);
  CHECK(did(scene.fire("Sick", "web1", Time{2s})) == Did::created);
}

TEST_CASE("an alert that still fires after its lease is obeyed anew") {
  Scene scene;
  const auto first = scene.fire("Sick", "web1");
  scene.settle();
  scene.pass(3h);
  CHECK(scene.only(first).end == End::expired);
  const auto second = scene.fire("Sick", "web1");
  CHECK(did(second) == Did::created);
  CHECK(scene.only(second).id != scene.only(first).id);
}

TEST_CASE("the same alert twice in one delivery is one override") {
  Scene scene;
  const auto report = scene.deliver({Scene::alert("Sick", "web1"), Scene::alert("Sick", "web1")});
  CHECK(scene.book.live_count() == 1);
  for (const Outcome& outcome : report.outcomes) {
    CHECK(outcome.override_id == report.outcomes[0].override_id);
  }
}

TEST_CASE("every alert of a delivery has an outcome") {
  Scene scene;
  for (const bool firing_first : {true, false}) {
    const auto report = scene.deliver({Scene::alert("Sick", "web1", firing_first),
                                       Scene::alert("Sick", "web1", !firing_first),
                                       Scene::alert("Sick", "nowhere"), Scene::alert("?", "web1")});
    std::set<std::size_t> told;
    for (const Outcome& outcome : report.outcomes) told.insert(outcome.index);
    CHECK(told == std::set<std::size_t>{0, 1, 2, 3});
  }
}

TEST_CASE("a shadow takes nothing from what is enforced") {
  Scene scene;
  scene.policy.rules[1].mode = Mode::shadow;  // Broken
  const auto report = scene.deliver({Scene::alert("Broken", "web1"), Scene::alert("Broken", "web2"),
                                     Scene::alert("Sick", "web3"), Scene::alert("Sick", "web4")});
  REQUIRE(report.outcomes.size() == 4);
  CHECK(report.outcomes[2].did == Did::created);
  CHECK(report.outcomes[3].did == Did::created);
  CHECK(report.outcomes[0].mode == Mode::shadow);
  CHECK(report.outcomes[0].guard == Guard::min_available);
  CHECK(scene.book.live_count() == 2);
}

TEST_CASE("in shadow nothing comes into force, not even what waited before") {
  Scene scene;
  scene.paused = "night";
  scene.fire("Sick", "web1");
  scene.paused.reset();
  scene.policy.shadow = true;
  scene.settle();
  CHECK(did(scene.fire("Sick", "web1")) == Did::created);  // would be
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.haproxy.told == 0);
  scene.policy.shadow = false;
  scene.settle();
  CHECK(scene.server("web1").admin == 0);  // what waited ended with the delivery
  scene.fire("Sick", "web1");
  scene.settle();
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("what a rule did before it was in shadow is not renewed, but ends") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.seconds(3);
  const Time expires = *scene.only(report).expires;
  scene.policy.rules[0].mode = Mode::shadow;  // and nothing was derived anew
  scene.seconds(60);
  const auto again = scene.fire("Sick", "web1");
  REQUIRE(again.outcomes.size() == 1);
  CHECK(again.outcomes[0].mode == Mode::shadow);
  CHECK(scene.only(report).expires == expires);
  CHECK(scene.only(report).end == End::rule);
  scene.seconds(5);
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("one alert may hit two servers by their address, and frees both") {
  Scene scene(2);
  scene.policy.rules[0].backend.reset();
  scene.policy.rules[0].server.reset();
  scene.policy.rules[0].address = *Extraction::make({{"instance"}, ";", "(.*)", "$1"});
  scene.policy.limits.defaults.min_available_percent = 0;
  scene.haproxy.backends["api"]["api1"] = {};
  scene.haproxy.backends["api"]["api2"] = {};
  scene.look();
  Alert alert{true, {{"alertname", "Sick"}, {"instance", "10.0.0.1:80"}}, "print", Time{1s}};
  const auto report = scene.deliver({alert});
  CHECK(report.outcomes.size() == 4);  // all four have that address: one of each backend stays
  scene.settle();
  CHECK(scene.usable_servers("web") == 1);
  CHECK(scene.usable_servers("api") == 1);
  alert.firing = false;
  scene.deliver({alert});
  scene.settle();
  CHECK(scene.usable_servers("web") == 2);
  CHECK(scene.usable_servers("api") == 2);
}

TEST_CASE("an explanation has what each rule and each guard says") {
  Scene scene(2);
  scene.act({Setting::state, kDrain}, "web1");
  scene.settle();
  World at = scene.world();
  at.explain = true;
  Draft draft(scene.book);
  const auto report =
      take(draft, at,
           Delivery{"r", "g", {Scene::alert("Broken", "web2"), Scene::alert("Odd", "web2")}, 0},
           scene.caller);
  const Outcome& broken = report.outcomes.at(0);
  REQUIRE(broken.rules.size() == 2);
  CHECK(broken.rules[0].missed == "alertname=Sick");
  CHECK(broken.rules[1].missed.empty());
  CHECK(broken.guard == Guard::min_available);
  REQUIRE(broken.guards.size() == 10);  // also those behind the one that refuses
  CHECK(broken.guards[0] == Refusal{Guard::paused, ""});
  CHECK(broken.guards[3] == Refusal{Guard::min_available, broken.reason});
  CHECK(broken.guards[9].guard == Guard::flap);
  CHECK(report.outcomes.at(1).rules.size() == 5);
  CHECK(report.outcomes.at(1).guards.empty());
}

TEST_CASE("nobody explains what is only to be done") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  CHECK(report.outcomes.at(0).rules.empty());
  CHECK(report.outcomes.at(0).guards.empty());
}
