#include "steward/control/clock_step.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

TEST_CASE("a clock that was set leaves each lease as much time as it had") {
  for (const auto step : {std::chrono::milliseconds(25h), std::chrono::milliseconds(-25h)}) {
    Scene scene;
    const auto report = scene.fire("Sick", "web1");
    scene.settle();
    const Time expires = *scene.only(report).expires;
    scene.now += step;
    Draft draft(scene.book);
    step_clock(draft, scene.now, step);
    draft.keep();
    CHECK(*scene.only(report).expires == expires + step);
    scene.pass(1s);
    CHECK(scene.only(report).phase == Phase::active);
  }
}
