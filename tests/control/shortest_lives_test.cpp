// Short lives that once broke a promise.
#include <catch2/catch_test_macros.hpp>

#include "control/judge.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

constexpr Value kOutOfRotation{Setting::state, kDrain};
constexpr Value kForMaintenance{Setting::state, kMaint};
constexpr Value kBackAgain{Setting::state, kReady};

}  // namespace

TEST_CASE("a server that a reload calls up unchecked is not counted on") {
  Scene scene(2);
  const Judge judge(scene);
  scene.server("web1").hangs = true;
  for (int i = 0; i < 15; ++i) scene.pass(1s);
  REQUIRE(scene.usable_servers() == 1);
  scene.fire("Sick", "web2");
  scene.pass(1s);
  scene.haproxy.reload();
  for (int i = 0; i < 20; ++i) scene.pass(1s);
  CHECK(judge.broken().empty());
  CHECK(scene.usable_servers() == 1);
}

TEST_CASE("weights that fall step by step leave the floor standing") {
  Scene scene(2);
  const Judge judge(scene);
  scene.ramp(100, 0, 20s, "web1", scene.bob);
  scene.ramp(100, 0, 20s, "web2", scene.bob);
  for (int i = 0; i < 30; ++i) scene.pass(1s);
  CHECK(judge.broken().empty());
  CHECK(scene.usable_servers() >= 1);
}

TEST_CASE("a lease that ends and an alert do not take a server each in one round") {
  Scene scene(2);
  scene.server("web1").initial = 0;
  scene.server("web1").begin();
  scene.haproxy.check_all();
  const Judge judge(scene);
  scene.act({Setting::weight, 100}, "web1", scene.caller, 60s);
  scene.pass(5s);
  scene.server("web1").alive = false;
  scene.pass(5s);
  scene.fire("Sick", "web2");
  scene.server("web1").alive = true;
  scene.pass(60s);
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(judge.broken().empty());
  CHECK(scene.usable_servers() >= 1);
}

TEST_CASE("nobody's wish is loosened by another person's") {
  Scene scene;
  scene.act(kForMaintenance, "web1", scene.caller, 24h);
  scene.pass(1s);
  SECTION("by a shorter and looser one") {
    scene.act(kOutOfRotation, "web1", scene.bob, 4s);
    scene.pass(1s);
    CHECK(scene.server("web1").admin == stats::forced_maint);
    scene.pass(10s);
  }
  SECTION("by ready, whose role may not end it") { scene.act(kBackAgain, "web1", scene.bob); }
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.server("web1").admin == stats::forced_maint);
}

TEST_CASE("a second wish of the same value leaves the lease as it was, unless it names one") {
  Scene scene;
  scene.act(kOutOfRotation, "web1", scene.caller, 72h);
  scene.pass(1s);
  scene.act(kOutOfRotation, "web1");
  scene.pass(48h);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("a drain that a state file brings back is not taken for a person's") {
  Scene scene(2);
  Judge judge(scene);
  scene.fire("Sick", "web1");
  scene.pass(1s);
  scene.haproxy.save();
  scene.resolve("Sick", "web1");
  SECTION("when the steward was killed before it had read back") {
    judge.happen({What::lose_words});
  }
  SECTION("when the return was confirmed") { scene.pass(60s); }
  scene.haproxy.restart(FakeHAProxy::File::newest);
  REQUIRE(scene.server("web1").admin == stats::forced_drain);
  for (int i = 0; i < 30; ++i) scene.pass(1s);
  judge.end();
  CHECK(judge.broken().empty());
}

TEST_CASE("a person's drain that died with its process is not put back") {
  Scene scene(2);
  Judge judge(scene);
  judge.happen({What::touch, 0, 1});
  REQUIRE(scene.server("web1").ghost.admin == stats::forced_drain);
  scene.pass(1s);
  scene.act(kBackAgain, "web1", scene.caller, 60s);
  scene.pass(1s);
  scene.haproxy.reload();
  for (int i = 0; i < 90; ++i) scene.pass(1s);
  judge.end();
  CHECK(judge.broken().empty());
}

TEST_CASE("an alert about its weight does not let a server serve that its agent calls down") {
  Scene scene(2);
  auto& server = scene.server("web1");
  server.has_agent = true;
  server.agent_says = "down";
  server.begin();
  scene.pass(5s);
  REQUIRE_FALSE(scene.haproxy.serving("web", "web1"));
  scene.fire("Slow", "web1");
  for (int i = 0; i < 20; ++i) {
    scene.pass(1s);
    CHECK_FALSE(scene.haproxy.serving("web", "web1"));
  }
}
