// What the guards count, and what they do not.
#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

// What the guards said of one delivery about several servers.
std::vector<Guard> said(Scene& scene, const std::vector<std::string>& servers) {
  std::vector<Alert> alerts;
  for (const std::string& each : servers) alerts.push_back(Scene::alert("Slow", each));
  std::vector<Guard> all;
  for (const Outcome& each : scene.deliver(alerts).outcomes) all.push_back(each.guard);
  return all;
}

using Said = std::vector<Guard>;

// Out and back, by an alert.
void flap_once(Scene& scene, int time) {
  scene.fire("Slow", "web1", Time{std::chrono::seconds(time)});
  scene.settle();
  scene.resolve("Slow", "web1", Time{std::chrono::seconds(time)});
  scene.settle();
}

}  // namespace

TEST_CASE("the guards see what the same delivery has been granted") {
  Scene scene;
  SECTION("max_overridden") {
    scene.policy.limits.defaults.max_overridden_count = 1;
    CHECK(said(scene, {"web1", "web2"}) == Said{Guard::none, Guard::max_overridden});
  }
  SECTION("rate") {
    scene.policy.limits.defaults.rate_count = 1;
    CHECK(said(scene, {"web1", "web2"}) == Said{Guard::none, Guard::rate});
  }
  SECTION("spacing") {
    scene.policy.limits.defaults.spacing = 10s;
    CHECK(said(scene, {"web1", "web2"}) == Said{Guard::none, Guard::spacing});
  }
}

TEST_CASE("one server may always be overridden; those that are loosened do not count") {
  Scene scene;
  scene.policy.limits.defaults.max_overridden_percent = 10;
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  scene.settle();
  scene.act({Setting::state, kReady}, "web1");
  scene.settle();
  CHECK(said(scene, {"web2", "web3"}) == Said{Guard::none, Guard::max_overridden});
}

TEST_CASE("half of the servers are not more than half, and backups are none of them") {
  Scene scene;
  scene.policy.limits.defaults.mass_alert_percent = 50;
  SECTION("two of four") { CHECK(said(scene, {"web1", "web2"}) == Said{Guard::none, Guard::none}); }
  SECTION("one of two, and a backup") {
    for (const char* backup : {"web3", "web4"}) scene.server(backup).backup = true;
    scene.look();
    CHECK(said(scene, {"web3", "web1"}) == Said{Guard::none, Guard::none});
  }
}

TEST_CASE("the rate counts alerts, in a backend and in all") {
  Scene scene;
  SECTION("in all") { scene.policy.limits.rate_count = 1; }
  SECTION("in a backend") { scene.policy.limits.defaults.rate_count = 1; }
  scene.act({Setting::weight, 30}, "web3");
  scene.settle();
  CHECK(said(scene, {"web1"}) == Said{Guard::none});
  CHECK(said(scene, {"web2"}) == Said{Guard::rate});
}

TEST_CASE("what a person takes out and returns has not flapped") {
  Scene scene;
  scene.policy.limits.defaults.flap_hold = 1min;
  const auto report = scene.act({Setting::weight, 30}, "web1");
  scene.settle();
  scene.release(scene.only(report).id);
  scene.settle();
  CHECK(said(scene, {"web1"}) == Said{Guard::none});
}

TEST_CASE("a server that one alert hands to the next was out once") {
  Scene scene;
  scene.policy.limits.defaults.flap_hold = 1min;
  scene.fire("Slow", "web1");
  scene.settle();
  scene.now += 5s;
  scene.resolve("Slow", "web1");
  scene.fire("Blind", "web1");
  scene.settle();
  scene.pass(5s);
  scene.resolve("Blind", "web1");
  scene.settle();
  const auto report = scene.fire("Slow", "web1", Time{2s});
  REQUIRE(scene.only(report).guard == Guard::flap);
  scene.pass(61s);
  CHECK(scene.only(report).phase == Phase::active);
}

TEST_CASE("cycles of long ago make nobody wait longer") {
  Scene scene;
  scene.policy.limits.defaults.flap_hold = 1min;
  flap_once(scene, 1);
  scene.pass(61s);
  flap_once(scene, 2);
  scene.pass(2h);
  flap_once(scene, 3);
  const auto report = scene.fire("Slow", "web1", Time{4s});
  REQUIRE(scene.only(report).guard == Guard::flap);
  scene.pass(61s);
  CHECK(scene.only(report).phase == Phase::active);
}

TEST_CASE("a server on its way back that is to go again is not wished into service any more") {
  Scene scene;
  auto& limits = scene.policy.limits.defaults;
  limits.min_available_percent = 0;
  limits.min_wanted_count = 2;
  const auto report = scene.act({Setting::state, kDrain}, "web1");
  scene.haproxy.touch(scene.server("web3"), {Verb::state_drain});
  scene.settle();
  scene.release(scene.only(report).id);
  const auto told = scene.deliver({Scene::alert("Sick", "web1"), Scene::alert("Sick", "web2")});
  CHECK(told.outcomes.at(0).guard == Guard::none);
  CHECK(told.outcomes.at(1).guard == Guard::min_wanted);
}

TEST_CASE("the guards see what the same round has admitted of what waited") {
  Scene scene;
  scene.policy.limits.defaults.rate_count = 1;
  scene.blind = true;
  for (const char* each : {"web1", "web2"}) scene.fire("Slow", each);
  scene.blind = false;
  scene.settle();
  CHECK(scene.book.count(Phase::active) == 1);
}
