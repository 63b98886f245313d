// Where the model (tests/model) once did otherwise than the core, and was right.
#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"
#include "steward/control/effect.hpp"
#include "steward/control/read_back.hpp"
#include "steward/control/rollout_requests.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

void by_hand(Scene& scene, const std::string& server, Verb verb) {
  scene.haproxy.touch(scene.server(server), {verb});
  scene.settle();
}

// It is judged when HAProxy is looked at next.
Report fire_unseen(Scene& scene, const std::string& rule, const std::string& server) {
  scene.blind = true;
  Report report = scene.fire(rule, server);
  scene.blind = false;
  return report;
}

// HAProxy does what the steward decides now, and no more.
std::vector<Step> one_round(Scene& scene) {
  scene.look();
  auto steps = scene.compare();
  for (const Step& step : steps) scene.haproxy.apply(step);
  scene.look();
  return steps;
}

}  // namespace

TEST_CASE("an alert's drain does not yield to a maintenance by hand") {
  Scene scene;
  const auto report = scene.fire("Sick", "web1");
  scene.settle();
  by_hand(scene, "web1", Verb::state_maint);
  CHECK(scene.only(report).phase == Phase::active);
  scene.resolve("Sick", "web1");
  scene.settle();
  CHECK(scene.server("web1").admin == stats::forced_maint);
}

TEST_CASE("an older wish that the gate holds takes nothing from a forced one") {
  Scene scene(2);
  scene.server("web2").alive = false;
  scene.pass(5s);
  const auto held = scene.fire("Sick", "web1");
  const auto forced = scene.act({Setting::state, kDrain}, "web1", true);
  one_round(scene);
  CHECK(waits(scene.only(held)));
  CHECK(counts(scene.only(forced)));
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("two wishes that pass in the same round are told once") {
  Scene scene;
  fire_unseen(scene, "Sick", "web1");
  scene.act({Setting::state, kDrain}, "web1", true);
  CHECK(one_round(scene).size() == 1);
}

TEST_CASE("a wish for what HAProxy has already is admitted, and nothing is told") {
  Scene scene;
  by_hand(scene, "web1", Verb::disable_health);
  const auto report = fire_unseen(scene, "Blind", "web1");
  CHECK(one_round(scene).empty());
  CHECK(counts(scene.only(report)));
}

TEST_CASE("an alert about a server that is on its way back asks whether enough stay wanted") {
  Scene scene(2);
  const auto alices = scene.act({Setting::state, kMaint}, "web1");
  scene.settle();
  by_hand(scene, "web2", Verb::state_drain);
  scene.release(scene.only(alices).id);
  const auto report = fire_unseen(scene, "Sick", "web1");
  one_round(scene);
  CHECK(scene.only(report).guard == Guard::min_wanted);
}

TEST_CASE("that a tracked server is down is no wish") {
  Scene scene;
  scene.haproxy.backends["api"]["api1"].tracks = "web/web1";
  scene.haproxy.backends["api"]["api1"].has_checks = false;
  scene.server("web1").alive = false;
  scene.pass(5s);
  fire_unseen(scene, "Sick", "api/api1");
  scene.look();
  CHECK(wanted_in_service(scene.book, scene.sight(), *scene.sight().find({"api", "api1"})));
}

TEST_CASE("what ends is no wish: after a restart that leaves a doubt nothing is done") {
  Scene scene;
  by_hand(scene, "web1", Verb::state_drain);
  const auto ready = scene.act({Setting::state, kReady}, "web1");
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  REQUIRE(scene.server("web1").admin == 0);
  scene.release(scene.only(ready).id);
  scene.now += 5s;
  scene.haproxy.advance(scene.now);
  scene.haproxy.restart(FakeHAProxy::File::just_written);
  scene.now += 5s;
  CHECK(one_round(scene).empty());
  CHECK(scene.book.shelf({"lb1", "web", "web1"})->find(Setting::state)->unclear);
}

TEST_CASE("what is held is no wish: after a restart that leaves a doubt nothing is done for it") {
  Scene scene;
  by_hand(scene, "web1", Verb::state_drain);
  const auto ready = scene.act({Setting::state, kReady}, "web1");
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  REQUIRE(scene.server("web1").admin == 0);
  scene.release(scene.only(ready).id);
  fire_unseen(scene, "Sick", "web1");
  scene.now += 5s;
  scene.haproxy.advance(scene.now);
  scene.haproxy.restart(FakeHAProxy::File::just_written);
  scene.now += 5s;
  scene.look();
  scene.decide([&](Draft& draft, const World& at) {
    ReadBack back(draft, at, scene.sight(), {});
    back.look();
    back.settle();
    return Report();
  });
  const Hold* hold = scene.book.shelf({"lb1", "web", "web1"})->find(Setting::state);
  CHECK(hold->unclear);
  CHECK(hold->baseline == Value{Setting::state, kReady});
}

TEST_CASE("a drain by hand is noted though the steward was away") {
  Scene scene;
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  scene.begin_again();
  scene.settle();
  const Book::Shelf* shelf = scene.book.shelf({"lb1", "web", "web1"});
  REQUIRE(shelf != nullptr);
  REQUIRE(shelf->find(Setting::state) != nullptr);
  CHECK(shelf->find(Setting::state)->baseline == Value{Setting::state, kDrain});
  CHECK(shelf->find(Setting::state)->by == Provenance::person);
}

TEST_CASE("a steward that starts amid a safe return waits for the check as well") {
  Scene scene;
  scene.fire("Broken", "web1");
  scene.settle();
  scene.resolve("Broken", "web1");
  one_round(scene);
  REQUIRE(scene.server("web1").admin == stats::forced_drain);
  scene.begin_again();
  CHECK(one_round(scene).empty());
  scene.haproxy.check();
  one_round(scene);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("a rollout's server that serves again after a restart is drained first") {
  Scene scene;
  scene.server("web1").sessions = 1;
  scene.look();
  REQUIRE(scene.ask([&](Draft& draft, const World& at) {
    return start_rollout(draft, at, {{}, "web", {{"web1", "", ""}}, {}, ""}, scene.caller);
  }));
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  REQUIRE(scene.server("web1").admin == stats::forced_drain);
  scene.haproxy.reload();
  scene.haproxy.check_all();
  scene.now += 1s;
  one_round(scene);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("a ready over a maintenance by hand is not given up while a check is awaited") {
  Scene scene;
  by_hand(scene, "web1", Verb::state_maint);
  const auto ready = scene.act({Setting::state, kReady}, "web1");
  one_round(scene);
  REQUIRE(scene.server("web1").admin == stats::forced_drain);
  scene.policy.limits.verify_after = 5min;
  scene.now += 2min;
  one_round(scene);
  CHECK(live(scene.only(ready).phase));
  scene.haproxy.check();
  one_round(scene);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("what the gate holds counts as wanted for the next one in the same round") {
  Scene scene(3);
  scene.policy.limits.verify_after = 1h;
  scene.server("web2").alive = false;
  scene.pass(5s);
  const auto held = scene.fire("Sick", "web3");
  const auto again = scene.fire("Sick", "web2");
  scene.settle();
  REQUIRE(waits(scene.only(held)));
  REQUIRE(counts(scene.only(again)));
  scene.haproxy.reload();
  scene.now += 2min;  // nothing is carried any more
  scene.haproxy.advance(scene.now);
  for (const char* name : {"web1", "web3"}) {
    scene.server(name).alive = false;
    for (int i = 0; i < 5; ++i) scene.server(name).be_checked(scene.haproxy.clock);
  }
  const auto third = fire_unseen(scene, "Sick", "web1");
  one_round(scene);
  CHECK(waits(scene.only(again)));
  CHECK(counts(scene.only(third)));
}
