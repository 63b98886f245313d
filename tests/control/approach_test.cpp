#include "steward/control/approach.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"
#include "steward/control/lifecycle.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

TEST_CASE("what is in force does not fail because something stricter did") {
  Scene scene;
  const auto drain = scene.fire("Sick", "web1");
  scene.settle();
  scene.haproxy.refused = {Verb::state_maint};
  const auto maint = scene.fire("Broken", "web1");
  for (int i = 0; i < 60; ++i) scene.pass(1s);
  CHECK(scene.only(maint).phase == Phase::failed);
  CHECK(scene.only(drain).phase == Phase::active);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("what is in force does not fail because something stricter cannot leave") {
  Scene scene;
  const auto drain = scene.fire("Sick", "web1");
  scene.fire("Broken", "web1");
  scene.settle();
  scene.haproxy.deaf = true;
  scene.resolve("Broken", "web1");
  for (int i = 0; i < 60; ++i) scene.pass(1s);
  scene.haproxy.deaf = false;
  for (int i = 0; i < 60; ++i) scene.pass(1s);
  CHECK(scene.only(drain).phase == Phase::active);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("a server back from maintenance is checked before it is ready, drained or not") {
  Scene scene;
  scene.fire("Broken", "web1");
  scene.fire("Sick", "web1");
  scene.settle();
  scene.server("web1").alive = false;
  scene.resolve("Broken", "web1");
  scene.settle();
  CHECK(scene.server("web1").admin == stats::forced_drain);
  scene.resolve("Sick", "web1");
  scene.settle();  // no check has run
  CHECK(scene.server("web1").admin == stats::forced_drain);
  for (int i = 0; i < 2; ++i) scene.pass(1s);
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.server("web1").operational == 0);
}

TEST_CASE("a server that was drained for long is ready at once, whatever it was before") {
  Scene scene;
  scene.fire("Broken", "web1");
  scene.fire("Sick", "web1");
  scene.settle();
  scene.resolve("Broken", "web1");
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  scene.resolve("Sick", "web1");
  scene.settle();
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("a check that passes on a condition is a passed check") {
  Scene scene;
  scene.fire("Broken", "web1");
  scene.settle();
  const auto report = scene.resolve("Broken", "web1");
  scene.settle();
  auto& server = scene.server("web1");
  server.checks = true;
  server.health = 4;
  server.operational = 3;                         // "http-check disable-on-404"
  server.check_result = stats::kCheckPassed + 1;  // and it said 404
  scene.now += 1s;
  scene.settle();
  CHECK(scene.only(report).phase == Phase::released);
}

TEST_CASE("what a reload configures is the new baseline, also if it is what was wished") {
  Scene scene;
  scene.fire("Slow", "web1");
  scene.settle();
  REQUIRE(scene.server("web1").weight == 50);
  scene.server("web1").initial = 50;
  scene.haproxy.reload();
  for (int i = 0; i < 2; ++i) scene.pass(1s);
  CHECK(scene.server("web1").weight == 25);
  scene.resolve("Slow", "web1");
  scene.settle();
  CHECK(scene.server("web1").weight == 50);
}

TEST_CASE("a server that a reload disables stays so when the alert is resolved") {
  Scene scene;
  scene.fire("Broken", "web1");
  scene.settle();
  scene.server("web1").disabled = true;
  scene.haproxy.reload();
  for (int i = 0; i < 2; ++i) scene.pass(1s);
  scene.resolve("Broken", "web1");
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK((scene.server("web1").admin & stats::forced_maint) != 0);
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("a restarted HAProxy that kept its state keeps the baseline") {
  Scene scene;
  scene.fire("Sick", "web1");
  scene.fire("Slow", "web1");
  scene.settle();
  scene.haproxy.restart(FakeHAProxy::File::just_written);
  const auto told = scene.haproxy.told;
  for (int i = 0; i < 2; ++i) scene.pass(1s);
  CHECK(scene.haproxy.told == told);
  scene.resolve("Sick", "web1");
  scene.resolve("Slow", "web1");
  scene.settle();
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.server("web1").weight == 100);
}

TEST_CASE("a pinned health is pinned again when the server leaves maintenance") {
  Scene scene;
  scene.fire("Dead", "web1");
  scene.fire("Broken", "web1");
  scene.settle();
  scene.resolve("Broken", "web1");
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.server("web1").operational == 0);
  CHECK(scene.book.count(Phase::active) == 1);
}

TEST_CASE("a health that could not be pinned again is tried again, and is nobody else's doing") {
  Scene scene;
  scene.fire("Dead", "web1");
  scene.fire("Broken", "web1");
  scene.settle();
  scene.haproxy.refused = {Verb::health_down};
  scene.resolve("Broken", "web1");
  scene.settle();
  CHECK(scene.book.count(Phase::yielded) == 0);
  scene.haproxy.refused.clear();
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.server("web1").operational == 0);
  CHECK(scene.book.count(Phase::active) == 1);
}

TEST_CASE("what a failed override left half done is undone") {
  Scene scene;
  scene.haproxy.refused = {Verb::health_down};
  const auto report = scene.fire("Dead", "web1");
  for (int i = 0; i < 60; ++i) scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::failed);
  CHECK(scene.server("web1").checks);
  CHECK(scene.compare().empty());
}

TEST_CASE("pauses between attempts grow to half a minute") {
  CHECK(pause_after(0) == 0ms);
  CHECK(pause_after(1) == 0ms);
  CHECK(pause_after(2) == 1s);
  CHECK(pause_after(3) == 2s);
  CHECK(pause_after(6) == 16s);
  CHECK(pause_after(7) == 30s);
  CHECK(pause_after(4'000'000'000U) == 30s);
}

TEST_CASE("HAProxy is not told without end what it does not do") {
  Scene scene;
  scene.server("web1").agent = scene.server("web1").has_agent = true;
  scene.haproxy.refused = {Verb::health_down, Verb::enable_health};
  scene.fire("Dead", "web1");  // fails half done
  scene.fire("Sick", "web2");
  scene.settle();
  scene.haproxy.deaf = true;
  scene.resolve("Sick", "web2");
  for (int i = 0; i < 300; ++i) scene.pass(1s);
  CHECK(scene.haproxy.told < 100);
  scene.haproxy.deaf = false;
  scene.haproxy.refused = {Verb::enable_agent};
  scene.haproxy.told = 0;
  for (int i = 0; i < 300; ++i) scene.pass(1s);
  CHECK(scene.haproxy.told < 50);
  CHECK(scene.server("web1").checks);
  scene.haproxy.refused.clear();
  for (int i = 0; i < 601; ++i) scene.pass(1s);
  CHECK(scene.server("web1").agent);
}

TEST_CASE("what one that died told HAProxy is undone when it comes late") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.look();
  const auto told = scene.compare();
  REQUIRE(told.size() == 1);
  scene.resolve("Sick", "web1");
  scene.settle();
  CHECK(scene.only(report).phase == Phase::released);
  scene.haproxy.apply(told[0]);
  scene.settle();
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.nothing_of_ours("web1"));
}

TEST_CASE("what one that died told HAProxy is awaited for a while only") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.look();
  REQUIRE(scene.compare().size() == 1);
  scene.resolve("Sick", "web1");
  scene.settle();
  CHECK_FALSE(scene.nothing_of_ours("web1"));
  scene.pass(11s);
  CHECK(scene.nothing_of_ours("web1"));
  CHECK(scene.only(report).phase == Phase::released);
}

TEST_CASE("a return that comes late is no other's doing") {
  Scene scene;
  scene.fire("Sick", "web1", Time{1s});
  scene.settle();
  scene.resolve("Sick", "web1");
  scene.look();
  const auto told = scene.compare();
  REQUIRE(told.size() == 1);
  const auto again = scene.fire("Sick", "web1", Time{2s});
  scene.settle();
  CHECK(scene.only(again).phase == Phase::active);
  scene.haproxy.apply(told[0]);
  scene.settle();
  CHECK(scene.only(again).phase == Phase::active);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}
