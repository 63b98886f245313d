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

TEST_CASE("an alert's weight of 0 is given back like a drain") {
  Scene scene(2);
  scene.policy.rules.push_back(Scene::rule("Idle", {Setting::weight, 0}));
  const auto report = scene.fire("Idle", "web1");
  scene.settle();
  REQUIRE(scene.server("web1").weight == 0);
  scene.server("web2").alive = false;
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.only(report).suspension.now);
  CHECK(scene.server("web1").weight == 100);
}

TEST_CASE("whether it opens is said of each backend") {
  Scene scene(2);
  scene.policy.limits.backends["web"] = scene.policy.limits.defaults;
  scene.policy.limits.backends["web"].fail_open = false;
  scene.fire("Sick", "web1");
  scene.settle();
  scene.server("web2").alive = false;
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("only so many as are missing are given back, the newest first") {
  Scene scene(4);
  const auto older = scene.fire("Sick", "web1"), newer = scene.fire("Sick", "web2");
  scene.settle();
  scene.server("web3").alive = false;
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK_FALSE(scene.only(older).suspension.now);
  CHECK(scene.only(newer).suspension.now);
}

TEST_CASE("all alerts' drains of a server are suspended, or none") {
  for (const bool person : {false, true}) {
    Scene scene(2);
    scene.policy.rules.push_back(Scene::rule("Other", {Setting::state, kDrain}));
    const auto first = scene.fire("Sick", "web1"), second = scene.fire("Other", "web1");
    if (person) scene.act({Setting::weight, 0}, "web1", true);
    scene.settle();
    scene.server("web2").alive = false;
    scene.idle(5s);
    scene.look();
    scene.compare();
    CHECK(scene.only(first).suspension.now == !person);
    CHECK(scene.only(second).suspension.now == !person);
    for (int i = 0; i < 15; ++i) scene.pass(1s);  // the first time it was not told
    CHECK(scene.haproxy.serving("web", "web1") == !person);
  }
}

TEST_CASE("a drain is not given back in a round in which there is no room, after whatever calm") {
  Short scene;
  scene.server("web2").alive = true;
  for (int i = 0; i < 50; ++i) scene.pass(1s);
  scene.server("web2").alive = false;
  scene.idle(30s);
  scene.look();
  scene.compare();
  CHECK(scene.it().suspension.now);
}

namespace {

// web1 and web2 of four are drained by alerts. web1 is let go, but HAProxy does not let it in;
// then web3 dies: one is missing.
struct Returning : Scene {
  Returning() : Scene(4) {
    policy.rules.push_back(Scene::rule("Idle", {Setting::weight, 0}));
    seconds(5);
  }
  void take(const std::string& alert) {
    taken = alert;
    fire(alert, "web1");
    other = fire("Sick", "web2");
    seconds(3);
  }
  void let_go() {
    haproxy.refused = {Verb::state_ready, Verb::weight};
    resolve(taken, "web1");
    seconds(2);
  }
  // Whether the other one is given back, too.
  [[nodiscard]] bool opens() {
    server("web3").alive = false;
    seconds(6);
    return only(other).suspension.now;
  }
  std::string taken;
  Report other;
};

}  // namespace

TEST_CASE("one that is on its way back is not missing") {
  for (const char* alert : {"Sick", "Idle"}) {
    Returning scene;
    scene.take(alert);
    scene.let_go();
    CHECK_FALSE(scene.opens());
  }
}

TEST_CASE("what HAProxy does not take back at all is missing") {
  Returning scene;
  scene.take("Sick");
  scene.let_go();
  scene.seconds(600);
  CHECK(scene.opens());
}

TEST_CASE("what HAProxy has no address of is missing, though nobody keeps it out") {
  Returning scene;
  auto& slot = scene.server("web1");
  slot.has_checks = false;
  slot.slot = true;
  slot.resolved = "10.0.0.1";
  scene.seconds(3);
  scene.take("Idle");
  scene.let_go();
  slot.resolved.clear();
  CHECK(scene.opens());
}

TEST_CASE("what its agent keeps down is missing, though nobody keeps it out") {
  Returning scene;
  auto& server = scene.server("web1");
  server.has_agent = server.agent = true;
  scene.seconds(3);
  scene.take("Sick");
  server.agent_says = "down";
  scene.let_go();
  CHECK(scene.opens());
}

TEST_CASE("what no check has passed of since its maintenance is missing") {
  Returning scene;
  scene.take("Broken");
  scene.server("web1").hangs = true;
  scene.server("web1").check_timeout = 60;
  scene.let_go();
  scene.haproxy.refused.clear();
  CHECK(scene.opens());
}

TEST_CASE("a drain of a server that others track is given back only for one that gains by it") {
  for (const Command& by_hand : {Command{Verb::state_drain}, Command{Verb::weight, 0}}) {
    Scene scene(4);
    auto& api = scene.haproxy.backends["api"];
    auto& shop = scene.haproxy.backends["shop"];
    api["api1"].tracks = shop["shop1"].tracks = "web/web1";
    api["api2"] = shop["shop2"] = {};
    scene.seconds(5);
    scene.haproxy.touch(api["api1"], by_hand);
    scene.seconds(2);
    scene.fire("Sick", "web1");
    scene.seconds(2);
    REQUIRE(scene.server("web1").admin == stats::forced_drain);
    api["api2"].alive = false;  // shop1 would serve, but shop lacks nobody
    scene.seconds(6);
    CHECK(scene.server("web1").admin == stats::forced_drain);
    shop["shop2"].alive = false;
    scene.seconds(6);
    CHECK(scene.server("web1").admin == 0);
  }
}
