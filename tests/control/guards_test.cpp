#include "steward/control/guards.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

Guard guard_of(const Report& report) { return report.outcomes.at(0).guard; }

}  // namespace

TEST_CASE("so many servers stay usable, and the refusal has the numbers") {
  Scene scene;
  scene.fire("Sick", "web1");
  scene.fire("Sick", "web2");
  const auto report = scene.fire("Sick", "web3");
  CHECK(report.outcomes[0].did == Did::deferred);
  CHECK(report.outcomes[0].reason ==
        "1 of the 4 servers of web would stay usable, at least 2 must (count 1, 50%): web1 is held "
        "by "
        "00000000000000000000000001, rule Sick; web2 is held by 00000000000000000000000002, rule "
        "Sick");
  scene.settle();
  CHECK(scene.usable_servers() == 2);
  scene.resolve("Sick", "web1");
  scene.settle();
  scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::active);
}

TEST_CASE("a deferred override is withdrawn when its alert is resolved, and not held") {
  Scene scene(1);
  for (Rule& rule : scene.policy.rules) rule.min_hold = 1min;
  const auto report = scene.fire("Sick", "web1");
  CHECK(guard_of(report) == Guard::min_available);
  scene.resolve("Sick", "web1");
  CHECK(scene.only(report).phase == Phase::released);
  CHECK(scene.haproxy.told == 0);
}

TEST_CASE("a server that is down costs nothing") {
  Scene scene(2);
  scene.server("web1").alive = false;
  scene.pass(5s);
  REQUIRE(scene.usable_servers() == 1);
  CHECK(scene.fire("Sick", "web1").outcomes[0].did == Did::created);
  CHECK(guard_of(scene.fire("Sick", "web2")) == Guard::min_available);
}

TEST_CASE("servers that track another go with it") {
  Scene scene;
  scene.haproxy.backends["api"]["api1"].tracks = "web/web1";
  scene.look();
  const auto report = scene.fire("Sick", "web1");
  CHECK(guard_of(report) == Guard::min_available);
  CHECK(report.outcomes[0].reason.find("of api would stay") != std::string::npos);
  CHECK(scene.fire("Slow", "web1").outcomes[0].did == Did::created);
}

TEST_CASE("servers that track another are counted before HAProxy has followed") {
  Scene scene;
  scene.haproxy.backends["api"]["api1"].tracks = "web/web1";
  scene.haproxy.backends["api"]["api2"].tracks = "web/web2";
  scene.look();
  CHECK(scene.fire("Sick", "web1").outcomes[0].did == Did::created);
  CHECK(guard_of(scene.fire("Sick", "web2")) == Guard::min_available);
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.usable_servers("api") == 1);
}

TEST_CASE("a server is not available again before it was seen to be") {
  Scene scene(2);
  const auto report = scene.act({Setting::state, kDrain}, "web1");
  for (const Step& step : scene.compare()) scene.haproxy.apply(step);  // what was seen is older
  scene.release(scene.only(report).id);
  CHECK(guard_of(scene.act({Setting::state, kDrain}, "web2")) == Guard::min_available);
  scene.settle();
  CHECK(scene.act({Setting::state, kDrain}, "web2").outcomes[0].did == Did::created);
}

TEST_CASE("a server that comes back is not taken again below the floor") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  scene.resolve("Sick", "web1");
  scene.server("web1").admin = 0;  // done already, but not yet known to be
  for (const char* name : {"web3", "web4"}) scene.server(name).alive = false;
  scene.haproxy.check_all();
  scene.look();
  CHECK(scene.only(report).phase == Phase::releasing);
  CHECK(guard_of(scene.fire("Slow", "web1")) == Guard::none);
  CHECK(guard_of(scene.fire("Broken", "web1")) == Guard::min_available);
}

TEST_CASE("the last one goes only by force, and a person is told at once") {
  Scene scene(1);
  const auto refused = scene.act({Setting::state, kDrain}, "web1");
  CHECK(refused.outcomes[0].did == Did::rejected);
  CHECK(guard_of(refused) == Guard::min_available);
  CHECK(scene.book.live_count() == 0);
  CHECK(scene.act({Setting::state, kDrain}, "web1", true).outcomes[0].did == Did::created);
  scene.caller.principal.role = Role::operator_;
  CHECK(guard_of(scene.act({Setting::state, kDrain}, "web1", true)) == Guard::forbidden);
}

TEST_CASE("when too many alert at once, nobody is drained") {
  Scene scene;
  scene.policy.limits.defaults.mass_alert_percent = 50;
  std::vector<Alert> alerts;
  for (const char* name : {"web1", "web2", "web3"}) alerts.push_back(Scene::alert("Sick", name));
  const auto report = scene.deliver(alerts);
  for (const auto& outcome : report.outcomes) CHECK(outcome.guard == Guard::mass_alert);
  scene.settle();
  CHECK(scene.usable_servers() == 4);
}

TEST_CASE("only so many are admitted in a while") {
  Scene scene;
  scene.policy.limits.defaults.rate_count = 1;
  scene.fire("Slow", "web1");
  const auto report = scene.fire("Slow", "web2");
  CHECK(guard_of(report) == Guard::rate);
  scene.pass(61s);
  CHECK(scene.only(report).phase == Phase::active);
}

TEST_CASE("some time lies between two") {
  Scene scene;
  scene.policy.limits.defaults.spacing = 10s;
  scene.fire("Slow", "web1");
  const auto report = scene.fire("Slow", "web2");
  CHECK(guard_of(report) == Guard::spacing);
  scene.pass(11s);
  CHECK(scene.only(report).phase == Phase::active);
}

TEST_CASE("a server that flaps waits longer each time") {
  Scene scene;
  scene.policy.limits.defaults.flap_hold = 1min;
  for (int cycle = 0; cycle < 2; ++cycle) {
    scene.fire("Slow", "web1", Time{std::chrono::seconds(cycle + 1)});
    scene.settle();
    scene.resolve("Slow", "web1");
    scene.settle();
    if (cycle == 0) scene.pass(61s);
  }
  const auto report = scene.fire("Slow", "web1", Time{3s});
  CHECK(guard_of(report) == Guard::flap);
  scene.pass(61s);
  CHECK(scene.only(report).phase == Phase::pending);
  scene.pass(61s);
  CHECK(scene.only(report).phase == Phase::active);
}

TEST_CASE("a pause holds alerts, not people") {
  Scene scene;
  scene.paused = "night";
  const auto report = scene.fire("Sick", "web1");
  CHECK(guard_of(report) == Guard::paused);
  CHECK(scene.act({Setting::state, kDrain}, "web2").outcomes[0].did == Did::created);
  scene.paused.reset();
  scene.settle();
  CHECK(scene.only(report).phase == Phase::active);
}

TEST_CASE("nothing is done on old knowledge") {
  Scene scene;
  scene.now += 11s;
  CHECK(guard_of(scene.fire("Sick", "web1")) == Guard::stale);
}

TEST_CASE("a draft that is not kept leaves the book as it was") {
  Scene scene;
  scene.fire("Sick", "web1");
  scene.settle();
  const auto before = *scene.book.find(scene.book.of_backend("lb1", "web").at(0)->id);
  {
    Draft draft(scene.book);
    (void)take(
        draft, scene.world(),
        Delivery{"", "", {Scene::alert("Sick", "web1", false), Scene::alert("Slow", "web2")}, 0},
        scene.caller);
    draft.drop_hold(before.target, Setting::state);
    CHECK(scene.book.live_count() == 2);
  }
  CHECK(scene.book.live_count() == 1);
  CHECK(*scene.book.find(before.id) == before);
  REQUIRE(scene.book.shelf(before.target) != nullptr);
  CHECK(scene.book.shelf(before.target)->find(Setting::state) != nullptr);
}

TEST_CASE("a weight that is to fall counts as overridden from the first moment") {
  Scene scene;
  scene.policy.limits.defaults.max_overridden_count = 1;
  scene.ramp(100, 50, 1h, "web1", scene.bob);
  scene.settle();
  REQUIRE(scene.server("web1").weight == 100);
  CHECK(guard_of(scene.fire("Slow", "web2")) == Guard::max_overridden);
  CHECK(scene.fire("Slow", "web1").outcomes[0].did == Did::created);
}
