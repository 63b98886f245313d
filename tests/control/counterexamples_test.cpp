// Sequences of events that once broke a promise, or a rule: found by those who attacked it.
#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"
#include "steward/control/clock_step.hpp"
#include "steward/control/plan.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

// Plans on the present process; a new one comes before the commands do, and takes them.
void commands_land_in_the_next_process(Scene& scene, std::chrono::milliseconds later,
                                       FakeHAProxy::File file) {
  scene.look();
  const auto steps = scene.compare();
  REQUIRE_FALSE(steps.empty());
  scene.now += 100ms;
  scene.haproxy.advance(scene.now);
  scene.haproxy.restart(file);
  scene.now += later;
  scene.haproxy.advance(scene.now);
  std::vector<Done> done;
  for (const Step& step : steps) {
    scene.haproxy.apply(step);
    done.push_back({step.target, step.aspect, "command", "", {}, step.subject, true});
  }
  scene.now += 50ms;
  scene.look();
  scene.compare(done);
}

}  // namespace

TEST_CASE("a drain that lands in the next process is not adopted as a baseline") {
  for (const bool hold_files : {false, true}) {
    for (const auto later : {100ms, 3000ms}) {
      for (const auto file : {FakeHAProxy::File::none, FakeHAProxy::File::just_written}) {
        Scene scene(3);
        scene.policy.hold_files = hold_files;
        scene.pass(100s);
        scene.fire("Sick", "web1");
        commands_land_in_the_next_process(scene, later, file);
        scene.seconds(20);
        scene.resolve("Sick", "web1");
        scene.seconds(20);
        CHECK(scene.server("web1").admin == 0);
      }
    }
  }
}

TEST_CASE("a weight that lands in the next process is taken back") {
  Scene scene(3);
  scene.pass(100s);
  scene.fire("Slow", "web1");
  commands_land_in_the_next_process(scene, 100ms, FakeHAProxy::File::none);
  scene.seconds(20);
  scene.resolve("Slow", "web1");
  scene.seconds(20);
  CHECK(scene.server("web1").weight == 100);
}

TEST_CASE("a person's drain does not bring a server out of configured maintenance") {
  Scene scene(3);
  scene.pass(100s);
  scene.act({Setting::state, kDrain}, "web1");
  scene.seconds(5);
  scene.server("web1").next_disabled = true;
  scene.haproxy.reload();
  scene.seconds(30);
  CHECK(scene.server("web1").admin == 5);  // forced | configured maint
}

TEST_CASE("a person's lower weight does not raise an even lower configured one") {
  Scene scene(3);
  scene.pass(100s);
  scene.act({Setting::weight, 50}, "web1");
  scene.seconds(5);
  scene.server("web1").next_initial = 10;
  scene.haproxy.reload();
  scene.seconds(30);
  CHECK(scene.server("web1").weight == 10);
}

TEST_CASE("a rule that is edited from drain to maint does not let the server serve") {
  Scene scene(4);
  scene.pass(100s);
  scene.fire("Sick", "web1");
  scene.seconds(5);
  CHECK(scene.server("web1").admin == stats::forced_drain);
  scene.edit_rule("Sick", {Setting::state, kMaint});
  bool served = false;
  std::vector<Done> done;
  for (int i = 0; i < 6; ++i) {
    scene.now += 100ms;
    scene.look();
    const auto steps = scene.compare(done);
    done.clear();
    for (const Step& step : steps) {
      scene.haproxy.apply(step);
      done.push_back({step.target, step.aspect, "command", "", {}, step.subject, true});
    }
    served = served || scene.haproxy.serving("web", "web1");
  }
  CHECK_FALSE(served);
}

TEST_CASE("a rule that is edited leaves what is in force while a guard holds the new value") {
  Scene scene(4);
  scene.pass(100s);
  scene.fire("Sick", "web1");
  scene.seconds(5);
  scene.edit_rule("Sick", {Setting::state, kMaint});
  scene.paused = "paused";
  scene.decide([&](Draft& draft, const World& at) {
    rederive(draft, at);
    return Report();
  });
  scene.seconds(5);
  CHECK_FALSE(scene.haproxy.serving("web", "web1"));
}

TEST_CASE("a held maint of an alert is not given up because a person drains the server") {
  Scene scene(2);
  scene.pass(100s);
  scene.server("web2").alive = false;
  scene.seconds(6);
  const Report report = scene.fire("Broken", "web1");
  scene.pass(1s);
  REQUIRE(scene.only(report).phase == Phase::pending);
  scene.pass(5s);
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  scene.pass(1s);
  CHECK(scene.only(report).phase != Phase::yielded);
}

TEST_CASE("a level of a ramp that an old file brings back is known") {
  Scene scene(3);
  Caller carol{{"carol", Role::admin, {}, {}}, "r", "s"};
  scene.pass(100s);
  scene.ramp(0, 100, 20s, "web1", carol);
  scene.seconds(7);
  scene.haproxy.save();
  scene.seconds(40);
  scene.haproxy.newest.size();
  for (int k = 1; k < 4; ++k) {
    scene.ramp(static_cast<std::uint16_t>(10 * k + k), 100, 20s, "web1", carol);
    scene.seconds(60);
  }
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.seconds(30);
  CHECK(scene.server("web1").weight == 100);
}

TEST_CASE("a server that HAProxy lets in fully up has passed no check") {
  Scene scene(2);
  scene.pass(100s);
  scene.haproxy.touch(scene.server("web2"), {Verb::state_maint});
  scene.pass(10s);
  scene.server("web2").hangs = true;
  scene.server("web2").check_timeout = 5;
  scene.haproxy.touch(scene.server("web2"), {Verb::state_ready});
  scene.server("web2").health = 4;  // fully-up
  scene.look();
  scene.settle();
  const Report report = scene.fire("Sick", "web1");
  scene.settle();
  CHECK(scene.only(report).phase == Phase::pending);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("a removal's drain out of an old file is no person's") {
  Scene scene(4);
  scene.pass(100s);
  scene.server("web1").sessions = 5;
  RemoveRequest request{{}, "web", "web1", 300s, false, false, "", ""};
  const Membership removed = scene.remove(request);
  scene.seconds(3);
  REQUIRE(scene.server("web1").admin == 8);
  scene.haproxy.save();  // as its reload script does
  scene.seconds(3);
  scene.server("web1").sessions = 0;
  scene.seconds(10);
  REQUIRE(!scene.haproxy.backends["web"].contains("web1"));
  REQUIRE(scene.book.membership(removed.id)->stage == Stage::absent);
  // It is to be back: the membership ends, and HAProxy is restarted, with the file of then.
  scene.decide([&](Draft& draft, const World& at) {
    (void)end_membership(draft, at, Membership(*draft.book().membership(removed.id)), scene.caller);
    return Report();
  });
  scene.pass(1s);
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.seconds(30);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("a server that was deleted and is back with an old file is not drained for ever") {
  Scene scene(4);
  scene.pass(100s);
  scene.fire("Sick", "web1");
  scene.pass(3s);
  scene.pass(3s);
  scene.haproxy.save();
  scene.resolve("Sick", "web1");
  scene.pass(3s);
  REQUIRE(scene.server("web1").admin == 0);
  auto& web = scene.haproxy.backends["web"];
  scene.haproxy.configured["web"]["web1"] = web["web1"];
  web.erase("web1");
  scene.pass(3s);
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.seconds(30);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("servers whose checks are off while they are down are not wished into service") {
  Scene scene(4);
  scene.pass(100s);
  for (const char* each : {"web2", "web3", "web4"}) scene.server(each).alive = false;
  scene.seconds(8);
  for (const char* each : {"web2", "web3", "web4"}) scene.fire("Blind", each);
  scene.seconds(8);
  for (const char* each : {"web2", "web3", "web4"}) scene.server(each).alive = true;
  scene.seconds(100);
  CHECK(scene.usable_servers() >= 2);
}

TEST_CASE("a person's drain of a slot ends when DNS gives it another address") {
  Scene scene(4);
  for (auto& [name, server] : scene.haproxy.backends["web"]) {
    server.slot = true;
    server.resolved = "10.0.0." + name.substr(3);
  }
  scene.pass(5s);
  scene.pass(100s);
  const Report report = scene.act({Setting::state, kDrain}, "web1");
  scene.pass(5s);
  REQUIRE(scene.server("web1").admin == 8);
  scene.server("web1").resolved = "10.0.0.99";
  scene.pass(10s);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("a ready that waits for its check, when the clock is set") {
  Scene scene(3);
  scene.pass(100s);
  scene.haproxy.touch(scene.server("web1"), {Verb::state_maint});
  scene.pass(10s);
  scene.server("web1").hangs = true;
  scene.server("web1").check_timeout = 300;
  scene.policy.limits.verify_after = 400s;
  const Report report = scene.act({Setting::state, kReady}, "web1");
  scene.seconds(70);
  REQUIRE(scene.only(report).phase == Phase::pending);
  scene.now += 1h;
  scene.decide([&](Draft& draft, const World& at) {
    step_clock(draft, at.now, std::chrono::milliseconds(1h));
    return Report();
  });
  scene.pass(1s);
  CHECK(live(scene.only(report).phase));
}

TEST_CASE("an alert of a held weight is not dropped because of a hand's lower weight") {
  Scene scene(2);
  scene.edit_rule("Slow", {Setting::weight, 0, true});
  scene.pass(100s);
  scene.server("web2").alive = false;
  scene.seconds(6);
  const Report report = scene.fire("Slow", "web1");
  scene.pass(5s);
  REQUIRE(scene.only(report).phase == Phase::pending);
  scene.haproxy.touch(scene.server("web1"), {Verb::weight, 50});
  scene.pass(1s);
  scene.server("web2").alive = true;
  scene.seconds(6);
  scene.fire("Slow", "web1");
  scene.pass(2s);
  CHECK(scene.only(report).phase != Phase::yielded);
  CHECK(scene.server("web1").weight == 0);
}

TEST_CASE("a person is told that too few stay wished into service") {
  Scene scene(2);
  scene.pass(100s);
  for (const char* each : {"web1", "web2"}) scene.server(each).alive = false;
  scene.seconds(6);
  const Report a = scene.act({Setting::state, kDrain}, "web1");
  const Report b = scene.act({Setting::state, kDrain}, "web2");
  CHECK(b.outcomes.at(0).reason != "");
}

TEST_CASE("checks that have no code are believed after a restart with a state file") {
  Scene scene(3);
  for (auto& [name, server] : scene.haproxy.backends["web"]) server.tcp_check = true;
  scene.seconds(5);
  scene.haproxy.save();
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.look();
  scene.compare();
  CHECK(scene.act({Setting::state, kDrain}, "web1").outcomes.at(0).guard == Guard::min_available);
  scene.seconds(12);
  CHECK(scene.act({Setting::state, kDrain}, "web1").outcomes.at(0).did == Did::created);
}

TEST_CASE("what was planned on one process is not told to the next") {
  Scene scene(3);
  scene.seconds(5);
  scene.fire("Sick", "web1");
  scene.look();
  const auto steps = scene.compare();
  REQUIRE(steps.size() == 1);
  scene.haproxy.restart(FakeHAProxy::File::none);
  scene.now += 1s;
  scene.look();
  CHECK(still_safe(scene.book, scene.world(), scene.sight(), steps).empty());
}

TEST_CASE("a weight of a person's that a raise hides is found again after a restart with a file") {
  Scene scene(3);
  scene.haproxy.touch(scene.server("web1"), {Verb::weight, 20});
  scene.pass(5s);
  scene.act({Setting::weight, 100}, "web1", scene.caller, 60s);
  scene.pass(2s);
  scene.haproxy.save();
  scene.pass(1s);
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.seconds(100);
  CHECK(scene.server("web1").weight == 20);
}

TEST_CASE("a server that tracks one whose check failed since the restart is not carried") {
  Scene scene(4);
  auto& api = scene.haproxy.backends["api"];
  api["api1"].tracks = "web/web1";
  api["api2"].tracks = "web/web2";
  scene.pass(100s);
  scene.policy.limits.defaults.min_available_percent = 0;
  scene.haproxy.save();
  scene.fire("Sick", "web1");
  scene.pass(2s);
  REQUIRE(scene.server("web1").admin == stats::forced_drain);
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.server("web2").alive = false;
  scene.now += 1s;
  scene.haproxy.advance(scene.now);
  scene.haproxy.check();  // that of web2 fails, and it is UP still
  scene.settle();
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("who brought an alert may say that it is over, whatever its rule has become") {
  Scene scene(4);
  scene.caller = {{"am", Role::operator_, {}, {Action::drain}}, "r", "s"};
  const Report report = scene.fire("Sick", "web1");
  scene.pass(2s);
  scene.edit_rule("Sick", {Setting::state, kMaint});
  scene.seconds(5);
  REQUIRE(scene.server("web1").admin == stats::forced_maint);
  scene.resolve("Sick", "web1");
  scene.seconds(5);
  CHECK_FALSE(live(scene.only(report).phase));
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("a change by hand is seen beside a server that comes, goes or moves at the same time") {
  Scene scene(3);
  scene.pass(100s);
  scene.look();
  scene.haproxy.backends["web"]["web0"] = {};
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  SECTION("one more") {}
  SECTION("one for another") { scene.haproxy.backends["web"].erase("web3"); }
  scene.pass(1s);
  const Book::Shelf* shelf = scene.book.shelf(Scene::target_of("web1"));
  REQUIRE(shelf != nullptr);
  CHECK(shelf->holds.at(0).baseline.level == kDrain);
}

TEST_CASE("what a person changed while the decision was written down is not told over") {
  Scene scene(4);
  scene.pass(100s);
  scene.fire("Sick", "web1");
  scene.look();
  const auto steps = scene.compare();
  REQUIRE(steps.size() == 1);
  scene.now += 3s;
  SECTION("nobody did") {
    CHECK(still_safe(scene.book, scene.world(), scene.haproxy.view(scene.now), steps).size() == 1);
  }
  SECTION("somebody did") {
    scene.haproxy.touch(scene.server("web1"), {Verb::state_maint});
    CHECK(still_safe(scene.book, scene.world(), scene.haproxy.view(scene.now), steps).empty());
  }
}
