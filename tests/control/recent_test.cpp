#include "steward/control/recent.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;
using namespace std::chrono_literals;

TEST_CASE("recent is what is near, before or after") {
  constexpr Time kNow{1h};
  CHECK(recent(kNow, kNow, 1s));
  CHECK(recent(kNow - 999ms, kNow, 1s));
  CHECK(!recent(kNow - 1s, kNow, 1s));
  CHECK(recent(kNow + 999ms, kNow, 1s));
  CHECK(!recent(kNow + 1s, kNow, 1s));
  CHECK(!recent(kNow, kNow, 0s));
}

TEST_CASE("a clock that was set back does not prolong what a guard holds") {
  Scene scene;
  BackendLimits& limits = scene.policy.limits.defaults;
  SECTION("by the rate of a backend") { limits.rate_count = 1; }
  SECTION("by the rate in all") { scene.policy.limits.rate_count = 1; }
  SECTION("by spacing") { limits.spacing = 10s; }
  SECTION("by mass alerts") { limits.mass_alert_percent = 25; }
  scene.fire("Slow", "web1");
  scene.settle();
  scene.resolve("Slow", "web1");
  scene.settle();
  const auto report = scene.fire("Slow", "web2");
  scene.settle();
  scene.pass(-24h);
  scene.settle();
  CHECK(scene.only(report).phase == Phase::active);
}

TEST_CASE("a clock that was set back does not prolong a flapping server's wait") {
  Scene scene;
  scene.policy.limits.defaults.flap_hold = 1min;
  scene.fire("Slow", "web1", Time{1s});
  scene.settle();
  scene.resolve("Slow", "web1");
  scene.settle();
  const auto report = scene.fire("Slow", "web1", Time{2s});
  CHECK(report.outcomes[0].guard == Guard::flap);
  scene.pass(-24h);
  CHECK(scene.only(report).phase == Phase::active);
}

TEST_CASE("a clock that was set back does not put off the next attempt") {
  Scene scene;
  scene.policy.attempts = 100;
  scene.haproxy.deaf = true;
  const auto report = scene.fire("Sick", "web1");
  for (int i = 0; i < 8; ++i) scene.pass(1s);
  CHECK(scene.only(report).next_attempt > scene.now);
  scene.haproxy.deaf = false;
  scene.pass(-24h);
  CHECK(scene.only(report).phase == Phase::active);
}
