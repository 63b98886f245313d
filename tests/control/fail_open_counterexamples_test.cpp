// Sequences of events that once broke a promise, or a rule: found by those who attacked it.
#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"
#include "steward/control/fail_open.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

// How many were ever suspended, of those that live.
std::size_t suspensions(const Scene& scene) {
  return static_cast<std::size_t>(std::ranges::count_if(
      scene.book.all_live(), [](const Override* each) { return each->suspension.times > 0; }));
}

}  // namespace

TEST_CASE("fail open with a return ramp gives back one server where one is missing") {
  Scene scene(4);
  scene.policy.return_ramp = {10, 60s};
  scene.policy.limits.defaults.min_available_percent = 50;
  scene.pass(100s);
  scene.fire("Sick", "web1");
  scene.pass(1s);
  scene.fire("Sick", "web2");
  scene.pass(1s);
  REQUIRE(scene.server("web1").admin == stats::forced_drain);
  REQUIRE(scene.server("web2").admin == stats::forced_drain);
  scene.server("web3").alive = false;
  scene.seconds(8);
  CHECK(suspensions(scene) == 1);
}

TEST_CASE("fail open does not suspend a leader's drain that helps nobody") {
  Scene scene(4);
  auto& api = scene.haproxy.backends["api"];
  api["api1"].tracks = "web/web1";
  api["api2"] = {};
  scene.pass(100s);
  scene.haproxy.touch(api["api1"], {Verb::state_drain});
  scene.pass(1s);
  scene.fire("Sick", "web1");
  scene.pass(1s);
  REQUIRE(scene.server("web1").admin == stats::forced_drain);
  api["api2"].alive = false;
  scene.seconds(10);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("a suspended weight whose rule becomes harmless is not suspended for ever") {
  Scene scene(2);
  scene.edit_rule("Slow", {Setting::weight, 0, true});
  scene.pass(100s);
  scene.fire("Slow", "web1");
  scene.pass(1s);
  scene.server("web2").alive = false;
  scene.seconds(6);
  REQUIRE(is_open(scene.book, "lb1", "web"));
  scene.edit_rule("Slow", {Setting::weight, 50, true});
  scene.server("web2").alive = true;
  scene.seconds(3000);
  CHECK_FALSE(is_open(scene.book, "lb1", "web"));
  CHECK(scene.server("web1").weight == 50);
}

TEST_CASE("fail open counts servers that are on their way back already (agents)") {
  Scene scene(4);
  for (auto& [name, server] : scene.haproxy.backends["web"]) server.has_agent = server.agent = true;
  scene.pass(100s);
  scene.fire("Sick", "web1");
  scene.pass(2s);
  scene.fire("Sick", "web2");
  scene.pass(2s);
  REQUIRE(scene.server("web1").admin == 8);
  REQUIRE(scene.server("web2").admin == 8);
  scene.server("web3").alive = false;
  scene.seconds(10);
  CHECK(suspensions(scene) == 1);
}

TEST_CASE("a resolved alert's server on its way back suspends no other") {
  Scene scene(4);
  scene.policy.return_ramp = {10, 60s};
  scene.pass(100s);
  scene.fire("Sick", "web1");
  scene.pass(2s);
  scene.fire("Sick", "web2");
  scene.pass(2s);
  REQUIRE(scene.server("web2").admin == 8);
  scene.server("web3").alive = false;
  scene.seconds(2);
  scene.resolve("Sick", "web1");
  scene.seconds(5);
  CHECK(suspensions(scene) == 0);
}

TEST_CASE("a suspended drain outlives a weight that is lowered by hand") {
  Scene scene(2);
  scene.pass(100s);
  const Report report = scene.fire("Sick", "web1");
  scene.pass(2s);
  scene.server("web2").alive = false;
  scene.seconds(5);
  REQUIRE(scene.only(report).suspension.now);
  scene.haproxy.touch(scene.server("web1"), {Verb::weight, 50});
  scene.pass(1s);
  CHECK(scene.only(report).suspension.now);
}

TEST_CASE("fail open lets in a server that two alerts keep out, and both come back") {
  Scene scene(2);
  scene.edit_rule("Slow", {Setting::weight, 0, true});
  scene.pass(100s);
  scene.fire("Sick", "web1");
  scene.fire("Slow", "web1");
  scene.pass(2s);
  REQUIRE(scene.server("web1").weight == 0);
  scene.server("web2").alive = false;
  scene.seconds(6);
  CHECK(scene.haproxy.serving("web", "web1"));
  scene.server("web2").alive = true;
  scene.seconds(90);
  CHECK_FALSE(scene.haproxy.serving("web", "web1"));
  scene.resolve("Sick", "web1");
  scene.resolve("Slow", "web1");
  scene.seconds(5);
  CHECK(scene.server("web1").weight == 100);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("fail open does not count a server that its agent keeps down as on its way back") {
  Scene scene(2);
  scene.server("web2").has_agent = scene.server("web2").agent = true;
  scene.pass(100s);
  const Report touched = scene.act({Setting::weight, 50}, "web2");
  scene.pass(2s);
  scene.release(scene.only(touched).id);
  scene.pass(2s);
  scene.fire("Sick", "web1");
  scene.pass(2s);
  REQUIRE(scene.server("web1").admin == stats::forced_drain);
  scene.server("web2").agent_says = "down";
  scene.seconds(5);
  CHECK(scene.haproxy.serving("web", "web1"));
}

TEST_CASE("fail open puts no sick backup before those that serve") {
  Scene scene(3);
  scene.server("web2").backup = scene.server("web3").backup = true;
  scene.pass(100s);
  scene.fire("Sick", "web2");
  scene.pass(1s);
  REQUIRE(scene.server("web2").admin == stats::forced_drain);
  scene.server("web1").alive = false;
  scene.seconds(10);
  CHECK(scene.server("web2").admin == stats::forced_drain);
  SECTION("but it does when nobody serves any more") {
    scene.server("web3").alive = false;
    scene.seconds(10);
    CHECK(scene.server("web2").admin == 0);
  }
}
