// What is decided and not told after all; and other sequences that once broke a promise, found by
// those who attacked it.
#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"
#include "steward/control/clock_step.hpp"
#include "steward/control/plan.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

Done left_out(const Step& step) {
  Done done{step.target, step.aspect, {}, {}, {}, step.subject};
  done.sent = false;
  done.seen = step.seen;
  return done;
}

}  // namespace

TEST_CASE("on the view that it was planned on every step is safe") {
  Scene scene(4);
  scene.pass(100s);
  scene.fire("Broken", "web1");
  scene.seconds(5);
  REQUIRE(scene.server("web1").admin == stats::forced_maint);
  scene.blind = true;
  scene.deliver({Scene::alert("Dead", "web1"), Scene::alert("Broken", "web1", false)});
  scene.blind = false;
  scene.look();
  const auto steps = scene.compare();
  REQUIRE(steps.size() >= 3);  // its health is told again, as it leaves maintenance
  CHECK(still_safe(scene.book, scene.world(), scene.sight(), steps).size() == steps.size());
}

TEST_CASE("what a person sets while it is written down is that person's") {
  Scene scene(3);
  scene.pass(100s);
  scene.fire("Sick", "web1");
  scene.look();
  const auto steps = scene.compare();
  REQUIRE(steps.size() == 1);
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  scene.now += 300ms;
  scene.look();
  REQUIRE(still_safe(scene.book, scene.world(), scene.sight(), steps).empty());
  scene.compare({left_out(steps[0])});
  scene.seconds(5);
  scene.resolve("Sick", "web1");
  scene.seconds(10);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("a name that is removed and added again keeps what an older file may bring back") {
  for (const char* rule : {"Slow", "Dead", "Blind", "Sick"}) {
    Scene scene(4);
    scene.pass(100s);
    scene.fire(rule, "web1");
    scene.seconds(3);
    scene.haproxy.save();
    scene.resolve(rule, "web1");
    scene.seconds(10);
    scene.remove({{}, "web", "web1", 10s, false, false, "", ""});
    scene.seconds(10);
    REQUIRE(!scene.haproxy.backends["web"].contains("web1"));
    scene.add({{}, "web", "web1", "10.0.0.1:80", {}, {}, 30s, ""});
    scene.seconds(10);
    REQUIRE(scene.haproxy.backends["web"].contains("web1"));
    scene.haproxy.restart(FakeHAProxy::File::newest);
    scene.seconds(30);
    CAPTURE(rule);
    CHECK(scene.server("web1").admin == 0);
    CHECK(scene.server("web1").weight == 100);
    CHECK(scene.server("web1").checks);
    CHECK(scene.server("web1").operational == stats::op_running);
  }
}

TEST_CASE("two servers of one DNS name on two ports are no slots") {
  Scene scene(4);
  for (const char* name : {"web3", "web4"}) {
    scene.server(name).slot = true;
    scene.server(name).resolved = "10.0.2.1";
  }
  scene.server("web4").port = "8002";
  scene.seconds(10);
  scene.act({Setting::state, kMaint}, "web3");
  scene.seconds(3);
  for (const char* name : {"web3", "web4"}) scene.server(name).resolved = "10.0.2.2";
  scene.seconds(5);
  CHECK((scene.server("web3").admin & stats::forced_maint) != 0);
}

TEST_CASE(
    "checks that are switched off of one that is down leave it out of those that are wanted") {
  for (const char* other : {"Blind", "Dead", "Sick"}) {
    Scene scene(2);
    scene.pass(100s);
    scene.server("web1").alive = scene.server("web2").alive = false;
    scene.blind = true;
    scene.deliver({Scene::alert("Blind", "web1"), Scene::alert(other, "web2")});
    scene.blind = false;
    scene.seconds(15);
    scene.server("web1").alive = scene.server("web2").alive = true;
    scene.seconds(60);
    CAPTURE(other);
    CHECK(scene.usable_servers() >= 1);
  }
}

TEST_CASE("a clock that was set leaves tombstones as much time as they had") {
  Scene scene(3);
  scene.pass(100s);
  scene.fire("Sick", "web1");
  scene.seconds(3);
  scene.haproxy.save();
  scene.resolve("Sick", "web1");
  scene.seconds(5);
  constexpr auto kStep = std::chrono::milliseconds(240h);
  scene.now += kStep;
  Draft draft(scene.book);
  step_clock(draft, scene.now, kStep);
  draft.keep();
  scene.seconds(2);
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.seconds(30);
  CHECK(scene.server("web1").admin == 0);
}
