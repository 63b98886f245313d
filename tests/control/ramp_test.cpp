#include "steward/control/ramp.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

TEST_CASE("a ramp begins, ends and rises in twenty steps") {
  const Ramp up{10, 100, Time{100s}, 100s};
  CHECK(level_at(up, Time{90s}) == 10);
  CHECK(level_at(up, Time{100s}) == 10);
  CHECK(level_at(up, Time{104s}) == 10);
  CHECK(level_at(up, Time{150s}) == 55);
  CHECK(level_at(up, Time{199s}) == 95);
  CHECK(level_at(up, Time{900s}) == 100);
  const Ramp down{100, 0, Time{100s}, 100s};
  CHECK(level_at(down, Time{150s}) == 50);
  CHECK(level_at(down, Time{200s}) == 0);
}

TEST_CASE("a person lets a weight rise, and it is the configured one at the end") {
  Scene scene;
  ManualAction action;
  action.backend = "web";
  action.server = "web1";
  action.value = {Setting::weight, 100, true};
  action.ramp = ManualAction::Climb{10, 60s};
  Draft draft(scene.book);
  const Report report = take(draft, scene.world(), std::vector{action}, scene.caller);
  CHECK(report.outcomes[0].did == Did::created);
  draft.keep();
  scene.settle();
  CHECK(scene.server("web1").weight == 10);
  std::uint32_t last = 0;
  for (int i = 0; i < 59; ++i) {
    scene.pass(1s);
    CHECK(scene.server("web1").weight >= last);
    last = scene.server("web1").weight;
  }
  CHECK(last == 95);
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.server("web1").weight == 100);
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("a server that returns to service does so with a low weight, if that is configured") {
  Scene scene;
  scene.policy.return_ramp = {10, 20s};
  scene.act({Setting::state, kDrain}, "web1");
  scene.settle();
  scene.act({Setting::state, kReady}, "web1");
  scene.settle();
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.server("web1").weight == 10);
  for (int i = 0; i < 10; ++i) scene.pass(1s);
  CHECK(scene.server("web1").weight == 55);
  for (int i = 0; i < 14; ++i) scene.pass(1s);
  CHECK(scene.server("web1").weight == 100);
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("a return does not raise a weight that was lowered") {
  Scene scene;
  scene.policy.return_ramp = {10, 20s};
  scene.server("web1").weight = 5;
  scene.act({Setting::state, kDrain}, "web1");
  scene.settle();
  scene.act({Setting::state, kReady}, "web1");
  for (int i = 0; i < 30; ++i) {
    scene.pass(1s);
    CHECK(scene.server("web1").weight == 5);
  }
}

TEST_CASE("a reload does not end a ramp") {
  Scene scene;
  scene.policy.return_ramp = {10, 60s};
  scene.act({Setting::state, kDrain}, "web1");
  scene.settle();
  scene.act({Setting::state, kReady}, "web1");
  scene.settle();
  scene.haproxy.reload();
  for (int i = 0; i < 30; ++i) scene.pass(1s);
  CHECK(scene.server("web1").weight == 55);
}

TEST_CASE("a second ramp is judged with where the first one ends") {
  Scene scene(2);
  CHECK(scene.ramp(100, 0, 60s, "web1", scene.caller).outcomes[0].did == Did::created);
  scene.pass(1s);
  const Report second = scene.ramp(100, 0, 60s, "web2", scene.caller);
  CHECK(second.outcomes[0].did == Did::rejected);
  CHECK(second.outcomes[0].guard == Guard::min_available);
}
