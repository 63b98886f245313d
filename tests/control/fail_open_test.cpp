#include "steward/control/fail_open.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

// web1 of two is drained by an alert; then web2 dies.
struct Short : Scene {
  Short() : Scene(2) {
    report = fire("Sick", "web1");
    settle();
    server("web2").alive = false;
    for (int i = 0; i < 4; ++i) pass(1s);
  }
  [[nodiscard]] const Override& it() const { return only(report); }
  Report report;
};

}  // namespace

TEST_CASE("a backend below its floor gets back what an alert drains, if it is well") {
  Short scene;
  CHECK(scene.it().suspension.now);
  CHECK(scene.it().guard == Guard::suspended);
  CHECK(scene.server("web1").admin == 0);
  CHECK(is_open(scene.book, "lb1", "web"));
}

TEST_CASE("a server whose own checks fail stays drained") {
  Scene scene(2);
  scene.fire("Sick", "web1");
  scene.settle();
  for (const char* each : {"web1", "web2"}) scene.server(each).alive = false;
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.book.count(Phase::active) == 1);
}

TEST_CASE("what was suspended is drained again after a calm, and later each time") {
  Short scene;
  scene.server("web2").alive = true;
  for (int i = 0; i < 55; ++i) scene.pass(1s);
  CHECK(scene.it().suspension.now);
  for (int i = 0; i < 15; ++i) scene.pass(1s);
  CHECK(scene.it().phase == Phase::active);
  scene.server("web2").alive = false;
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  scene.server("web2").alive = true;
  for (int i = 0; i < 100; ++i) scene.pass(1s);
  CHECK(scene.it().suspension.now);  // two minutes this time
  for (int i = 0; i < 40; ++i) scene.pass(1s);
  CHECK(scene.it().phase == Phase::active);
}

TEST_CASE("fail open is off where it is switched off, and spares people's drains") {
  for (const bool person : {true, false}) {
    Scene scene(2);
    scene.policy.limits.defaults.fail_open = person;
    if (person) {
      scene.act({Setting::state, kDrain}, "web1");
    } else {
      scene.fire("Sick", "web1");
    }
    scene.settle();
    scene.server("web2").alive = false;
    for (int i = 0; i < 5; ++i) scene.pass(1s);
    CHECK(scene.server("web1").admin == stats::forced_drain);
  }
}

TEST_CASE("an alert that is resolved while it is suspended is over") {
  Short scene;
  scene.resolve("Sick", "web1");
  scene.settle();
  CHECK(scene.it().phase == Phase::released);
  CHECK_FALSE(is_open(scene.book, "lb1", "web"));
}
