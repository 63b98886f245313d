#include "steward/control/manual.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

const Value kDrained{Setting::state, kDrain};

// web1 is drained, and nobody can tell whether by alice or by somebody at HAProxy.
Scene unclear_scene() {
  Scene scene;
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  scene.settle();
  const auto ready = scene.act({Setting::state, kReady}, "web1");
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  scene.release(scene.only(ready).id);
  scene.now += 5s;
  scene.haproxy.advance(scene.now);
  scene.haproxy.restart(FakeHAProxy::File::just_written);
  scene.pass(5s);
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  scene.haproxy.restart(FakeHAProxy::File::just_written);
  scene.pass(5s);
  return scene;
}

const Hold& hold_of(const Scene& scene, const std::string& server) {
  return *scene.book.shelf(Scene::target_of(server))->find(Setting::state);
}

}  // namespace

TEST_CASE("the same action again renews, another value takes its place") {
  Scene scene;
  CHECK(scene.act(kDrained, "web1").outcomes[0].did == Did::created);
  CHECK(scene.act(kDrained, "web1").outcomes[0].did == Did::renewed);
  scene.settle();
  CHECK(scene.act({Setting::state, kMaint}, "web1").outcomes[0].did == Did::created);
  scene.settle();
  CHECK(scene.book.live_count() == 1);
  CHECK(scene.server("web1").admin == stats::forced_maint);
}

TEST_CASE("a refused action leaves the older one in its place") {
  Scene scene(2);
  scene.policy.limits.defaults.min_available_percent = 0;
  scene.act({Setting::weight, 30}, "web1");
  scene.act(kDrained, "web2");
  scene.settle();
  const auto report = scene.act({Setting::weight, 0}, "web1");
  CHECK(report.outcomes[0].did == Did::rejected);
  CHECK(report.outcomes[0].guard == Guard::min_available);
  scene.settle();
  CHECK(scene.server("web1").weight == 30);
  CHECK(scene.book.live_count() == 2);
}

TEST_CASE("undoing undoes its aspect, and nothing else") {
  Scene scene;
  scene.act(kDrained, "web1");
  scene.act({Setting::weight, 30}, "web1");
  scene.act({Setting::health, kDown}, "web1");
  scene.settle();
  CHECK(scene.act({Setting::checks, kEnabled}, "web1").outcomes[0].did == Did::released);
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.server("web1").checks);
  CHECK(scene.server("web1").admin == stats::forced_drain);
  CHECK(scene.server("web1").weight == 30);
}

TEST_CASE("where there is nothing to undo nothing is done, and it is said") {
  Scene scene;
  const auto report = scene.act({Setting::state, kReady}, "web1");
  CHECK(report.outcomes[0].did == Did::duplicate);
  CHECK(report.outcomes[0].reason == "there is nothing to undo");
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("a manual override ends with its lease, a manual ready does not") {
  Scene scene;
  scene.server("web2").admin = stats::forced_maint;
  scene.look();
  scene.act(kDrained, "web1");
  scene.act({Setting::state, kReady}, "web2");
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  scene.pass(25h);
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.server("web2").admin == 0);
  CHECK(scene.book.live_count() == 1);
}

TEST_CASE("an action on what nobody has seen yet is refused, not kept for later") {
  Scene scene;
  scene.blind = true;
  const auto report = scene.act(kDrained, "web1");
  CHECK(report.outcomes[0].did == Did::rejected);
  CHECK(report.outcomes[0].guard == Guard::unreachable);
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("force passes the floor, not what is stale") {
  Scene scene(1);
  scene.now += 11s;
  const auto report = scene.act(kDrained, "web1", true);
  CHECK(report.outcomes[0].guard == Guard::stale);
}

TEST_CASE("what is unclear stays as it is when somebody adopts it") {
  Scene scene = unclear_scene();
  REQUIRE(hold_of(scene, "web1").unclear);
  REQUIRE(scene.server("web1").admin == stats::forced_drain);
  const auto report = scene.act(kAdopted, "web1");
  CHECK(report.outcomes.at(0).did == Did::settled);
  CHECK(report.outcomes.at(0).reason == "it was unclear whose it was; it stays");
  CHECK_FALSE(hold_of(scene, "web1").unclear);
  CHECK(hold_of(scene, "web1").by == Provenance::person);
  CHECK(scene.audit.back().event == to_string(Event::settled));
  scene.pass(1min);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("what is unclear is as configured when somebody wants it ready") {
  Scene scene = unclear_scene();
  CHECK(scene.act({Setting::state, kReady}, "web1").outcomes.at(0).did == Did::settled);
  CHECK_FALSE(hold_of(scene, "web1").unclear);
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("adopting what is clear changes nothing") {
  Scene scene;
  const auto report = scene.act(kAdopted, "web1");
  CHECK(report.outcomes.at(0).did == Did::duplicate);
  CHECK(report.outcomes.at(0).reason == "nothing about it is unclear");
  CHECK(report.outcomes.at(0).override_id.empty());
  CHECK(scene.audit.empty());
}

TEST_CASE("ready ends what its caller wished of a server that is not there any more") {
  Scene scene;
  scene.act({Setting::state, kDrain}, "web1");
  scene.act({Setting::weight, 30}, "web1");
  scene.settle();
  scene.haproxy.backends["web"].erase("web1");
  scene.seconds(2);
  REQUIRE(scene.book.live_count() == 2);
  const auto report = scene.act({Setting::state, kReady}, "web1");
  REQUIRE(report.outcomes.size() == 1);
  REQUIRE(report.outcomes[0].did == Did::released);
  CHECK(scene.only(report).phase == Phase::released);
  CHECK(scene.book.live_count() == 1);
  const auto again = scene.act({Setting::state, kReady}, "web1");
  CHECK(again.outcomes.at(0).guard == Guard::unknown_server);
}
