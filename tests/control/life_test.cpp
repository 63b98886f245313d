// Lives of overrides, from the alert to the server being back.
#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

TEST_CASE("an alert drains, and when it is resolved the server is as before") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  CHECK(report.outcomes[0].did == Did::created);
  scene.settle();
  CHECK(scene.server("web1").admin == stats::forced_drain);
  CHECK(scene.only(report).phase == Phase::active);
  scene.resolve("Sick", "web1");
  scene.settle();
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.only(report).phase == Phase::released);
  CHECK(scene.only(report).end == End::resolved);
  CHECK(scene.haproxy.told == 2);
}

TEST_CASE("comparing twice tells HAProxy nothing twice") {
  Scene scene;
  scene.fire("Sick", "web1");
  scene.settle();
  const auto told = scene.haproxy.told;
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.haproxy.told == told);
}

TEST_CASE("a repeat renews the lease; without one the server returns when it ran out") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  scene.pass(90min);
  CHECK(scene.fire("Sick", "web1").outcomes[0].did == Did::renewed);
  scene.pass(90min);
  CHECK(scene.only(report).phase == Phase::active);
  scene.pass(31min);
  CHECK(scene.only(report).phase == Phase::released);
  CHECK(scene.only(report).end == End::expired);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("deliveries that are late, twice or of an older time do nothing") {
  Scene scene;
  CHECK(scene.resolve("Sick", "web1").outcomes[0].did == Did::ignored);
  scene.fire("Sick", "web1");
  scene.settle();
  scene.resolve("Sick", "web1");
  scene.settle();
  CHECK(scene.resolve("Sick", "web1").outcomes[0].did == Did::duplicate);
  CHECK(scene.fire("Sick", "web1").outcomes[0].did == Did::duplicate);
  CHECK(scene.fire("Sick", "web1", Time{2s}).outcomes[0].did == Did::created);
}

TEST_CASE("an alert is not resolved before it was held for long enough") {
  Scene scene;
  scene.policy.rules[0].min_hold = 1min;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  scene.resolve("Sick", "web1");
  scene.pass(59s);
  CHECK(scene.server("web1").admin == stats::forced_drain);
  scene.pass(2s);
  CHECK(scene.only(report).phase == Phase::released);
}

TEST_CASE("the strictest of two wishes holds, and the last one frees") {
  for (const bool first_drain : {true, false}) {
    Scene scene;
    scene.fire(first_drain ? "Sick" : "Broken", "web1");
    scene.settle();
    scene.fire(first_drain ? "Broken" : "Sick", "web1");
    scene.settle();
    CHECK(scene.server("web1").admin == stats::forced_maint);
    scene.resolve("Broken", "web1");
    for (int i = 0; i < 3; ++i) scene.pass(1s);
    CHECK(scene.server("web1").admin == stats::forced_drain);
    scene.resolve("Sick", "web1");
    for (int i = 0; i < 3; ++i) scene.pass(1s);
    CHECK(scene.server("web1").admin == 0);
  }
}

TEST_CASE("a drain leaves a server in maintenance where it is") {
  Scene scene;
  scene.server("web1").admin = stats::forced_maint;
  scene.look();
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  CHECK(scene.only(report).phase == Phase::active);
  CHECK(scene.haproxy.told == 0);
}

TEST_CASE("a server comes back from maintenance only once a check has said what it is") {
  for (const bool alive : {true, false}) {
    Scene scene;
    scene.fire("Broken", "web1");
    scene.settle();
    scene.server("web1").alive = alive;
    scene.resolve("Broken", "web1");
    scene.settle();
    CHECK(scene.server("web1").admin == stats::forced_drain);
    scene.pass(1s);
    CHECK(scene.server("web1").admin == 0);
    CHECK((scene.server("web1").operational == 2) == alive);
  }
}

TEST_CASE("health is pinned with its checks disabled, and goes back to them") {
  Scene scene;
  scene.fire("Dead", "web1");
  scene.settle();
  CHECK(!scene.server("web1").checks);
  CHECK(scene.server("web1").operational == 0);
  scene.fire("Blind", "web1");
  scene.resolve("Dead", "web1");
  scene.pass(1s);
  CHECK(!scene.server("web1").checks);
  scene.resolve("Blind", "web1");
  scene.pass(1s);
  CHECK(scene.server("web1").checks);
}

TEST_CASE("a check that was under way is not taken for somebody, and what it did is undone") {
  Scene scene;
  scene.server("web1").checking = true;
  const auto report = scene.fire("Dead", "web1");
  scene.settle();
  CHECK(scene.server("web1").operational == 0);
  scene.haproxy.check();  // says that it is alive
  CHECK(scene.server("web1").operational == 2);
  scene.settle();
  CHECK(scene.only(report).phase == Phase::active);
  CHECK(scene.server("web1").operational == 0);
  REQUIRE(scene.audit.size() == 4);
  CHECK(scene.audit[2].event == "reapplied");
  CHECK(scene.audit[3].event == "active");
  CHECK(scene.audit[3].command == "command");
  scene.server("web1").operational = 2;  // up, down and frozen are one value: it is told again
  scene.settle();
  CHECK(scene.only(report).phase == Phase::active);
  CHECK(scene.server("web1").operational == 0);
}

TEST_CASE("who turns the checks on while one is under way is not taken for that check") {
  Scene scene;
  scene.server("web1").checking = true;
  const auto report = scene.fire("Dead", "web1");
  scene.settle();
  REQUIRE(scene.only(report).phase == Phase::active);
  scene.server("web1").checks = true;
  scene.haproxy.check_all();
  scene.settle();
  CHECK(scene.only(report).phase == Phase::yielded);
  CHECK(scene.server("web1").checks);
  CHECK(scene.server("web1").operational == 2);
}

TEST_CASE("health that was pinned as maintenance ends stays pinned") {
  Scene scene;
  scene.fire("Blind", "web1");
  scene.fire("Broken", "web1");
  scene.settle();
  scene.resolve("Broken", "web1");
  const auto report = scene.fire("Dead", "web1");
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::active);
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.server("web1").operational == 0);
}

TEST_CASE("an agent check is off while an override of the state lives, and on again after it") {
  Scene scene;
  scene.server("web1").agent = scene.server("web1").has_agent = true;
  scene.fire("Sick", "web1");
  scene.pass(1s);
  CHECK(!scene.server("web1").agent);
  CHECK(scene.server("web1").admin == stats::forced_drain);
  scene.resolve("Sick", "web1");
  scene.pass(1s);
  scene.pass(1s);
  CHECK(scene.server("web1").agent);
  CHECK(scene.server("web1").weight == 100);
}

TEST_CASE("what somebody else changed stays, and is said") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  scene.server("web1").admin = 0;
  scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::yielded);
  CHECK(scene.only(report).detail == "somebody else set state to ready; it was drain");
  CHECK(scene.fire("Sick", "web1").outcomes[0].did == Did::ignored);
  scene.pass(1s);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("what somebody else made stricter is what it stands on, and it lives on") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  scene.server("web1").admin = stats::forced_maint;
  scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::active);
  scene.resolve("Sick", "web1");
  scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::released);
  CHECK(scene.server("web1").admin == stats::forced_maint);
}

TEST_CASE("what somebody else changed just before an alert is what its override stands on") {
  Scene scene;
  scene.settle();
  scene.server("web1").weight = 70;  // not seen yet
  scene.now += 100ms;
  const auto report = scene.fire("Slow", "web1");
  scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::active);
  CHECK(scene.server("web1").weight == 50);
  scene.resolve("Slow", "web1");
  scene.pass(1s);
  CHECK(scene.server("web1").weight == 70);
}

TEST_CASE("a reload forgets what HAProxy was told, and it is told again") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  scene.haproxy.reload();
  scene.pass(1s);
  CHECK(scene.server("web1").admin == stats::forced_drain);
  CHECK(scene.only(report).phase == Phase::active);
  scene.resolve("Sick", "web1");
  scene.settle();
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("what a reload configures anew is the new baseline") {
  Scene scene;
  scene.fire("Slow", "web1");
  scene.settle();
  scene.server("web1").initial = 40;
  scene.haproxy.reload();
  scene.pass(1s);
  CHECK(scene.server("web1").weight == 20);
  scene.resolve("Slow", "web1");
  scene.settle();
  CHECK(scene.server("web1").weight == 40);
}

TEST_CASE("what HAProxy does not do is tried again with pauses, and then has failed") {
  Scene scene;
  scene.policy.attempts = 3;
  scene.haproxy.deaf = true;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  CHECK(scene.only(report).phase == Phase::pending);
  CHECK(scene.only(report).detail == "HAProxy says: no");
  for (int i = 0; i < 10; ++i) scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::failed);
  const auto told = scene.haproxy.told;
  for (int i = 0; i < 10; ++i) scene.pass(1s);
  CHECK(scene.haproxy.told == told);
}

TEST_CASE("a server that must go back is tried for as long as it takes") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  scene.haproxy.deaf = true;
  scene.resolve("Sick", "web1");
  for (int i = 0; i < 300; ++i) scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::releasing);
  scene.haproxy.deaf = false;
  for (int i = 0; i < 40; ++i) scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::released);
}

TEST_CASE("a newer manual override takes the older one's place") {
  Scene scene;
  scene.act({Setting::weight, 10}, "web1");
  scene.settle();
  scene.act({Setting::weight, 200}, "web1");  // above the baseline: a person may
  scene.settle();
  CHECK(scene.server("web1").weight == 200);
  CHECK(scene.book.count(Phase::active) == 1);
}

TEST_CASE("ready ends what one may release, and tells what still holds the server") {
  Scene scene;
  scene.act({Setting::state, kMaint}, "web1");
  scene.fire("Sick", "web1");
  scene.settle();
  scene.caller = scene.bob;
  const auto report = scene.act({Setting::state, kReady}, "web1");
  CHECK(report.outcomes[0].did == Did::released);  // the alert's
  CHECK(report.outcomes[0].reason.find("alice still wants state maint") != std::string::npos);
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.server("web1").admin == stats::forced_maint);
}

TEST_CASE("manual ready frees a server that was found in maintenance") {
  Scene scene;
  scene.server("web1").admin = stats::forced_maint;
  scene.look();
  CHECK(scene.act({Setting::state, kReady}, "web1").outcomes[0].did == Did::created);
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.server("web1").admin == 0);
}
