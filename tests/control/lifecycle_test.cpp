#include "steward/control/lifecycle.hpp"

#include <catch2/catch_test_macros.hpp>
#include <stdexcept>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

TEST_CASE("what has ended never moves again") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  scene.resolve("Sick", "web1");
  scene.settle();
  const Override ended = scene.only(report);
  REQUIRE(ended.phase == Phase::released);
  Draft draft(scene.book);
  const World world = scene.world();
  const Lifecycle lifecycle(draft, world);
  CHECK_THROWS_AS(lifecycle.admit(ended), std::logic_error);
  CHECK_THROWS_AS(lifecycle.end(ended, End::asked, "again"), std::logic_error);
  CHECK(draft.changes().overrides.empty());
}

TEST_CASE("what leaves can only be gone, or fail to") {
  for (const Phase to : {Phase::pending, Phase::active, Phase::yielded, Phase::rejected}) {
    CHECK_FALSE(legal(Phase::releasing, to));
  }
  CHECK(legal(Phase::releasing, Phase::released));
  CHECK(legal(Phase::releasing, Phase::failed));
  CHECK(legal(Phase::active, Phase::pending));
  CHECK_FALSE(legal(Stage::ended, Stage::present));
  CHECK_FALSE(legal(Stage::undoing, Stage::joining));
  CHECK_FALSE(legal(RolloutPhase::done, RolloutPhase::running));
  CHECK_FALSE(legal(RolloutPhase::rolling_back, RolloutPhase::running));
}

TEST_CASE("a guard that holds an override is said once, not every round") {
  Scene scene(2);
  scene.fire("Sick", "web1");
  scene.fire("Sick", "web2");
  for (int i = 0; i < 10; ++i) scene.pass(1s);
  CHECK(std::ranges::count(scene.audit, "deferred", &AuditRecord::event) == 1);
}

TEST_CASE("a held alert does not hold a person's override of the same setting") {
  Scene scene(2);
  scene.act({Setting::state, kDrain}, "web2");
  scene.settle();
  scene.server("web1").alive = false;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  scene.fire("Dead", "web1");
  const auto person = scene.act({Setting::health, kDown}, "web1");
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.only(person).phase == Phase::active);
  CHECK(std::ranges::count(scene.audit, "deferred", &AuditRecord::event) <= 1);
  CHECK(std::ranges::count(scene.audit, "admitted", &AuditRecord::event) <= 1);
}

TEST_CASE("two alerts' wishes about a server are two: one neither replaces nor ends the other") {
  Scene scene;
  scene.policy.rules.push_back(Scene::rule("Other", {Setting::state, kDrain}));
  const auto sick = scene.fire("Sick", "web1");
  scene.seconds(2);
  const auto other = scene.fire("Other", "web1");
  scene.seconds(2);
  CHECK(scene.only(sick).phase == Phase::active);
  CHECK(scene.only(other).phase == Phase::active);
  scene.release(scene.only(sick).id);
  scene.seconds(2);
  CHECK(scene.only(other).phase == Phase::active);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("what one person wishes of a server's weight leaves their drain of it") {
  Scene scene;
  const auto drain = scene.act({Setting::state, kDrain}, "web1");
  scene.seconds(2);
  const auto weight = scene.act({Setting::weight, 30}, "web1");
  scene.seconds(2);
  CHECK(scene.only(drain).phase == Phase::active);
  CHECK(scene.only(weight).phase == Phase::active);
}
