#include "steward/control/gate.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

constexpr Value kToDrain{Setting::state, kDrain};

// A gate on what the scene sees now.
struct Gated : Scene {
  explicit Gated(std::size_t servers) : Scene(servers) { settle(); }
  Gate gate() { return {book, policy.limits, sight(), now, false}; }
};

Gate::Ask drain(std::string_view server) { return {{"web", server}, kToDrain, OwnerKind::person}; }

}  // namespace

TEST_CASE("the gate lets pass what leaves the floor, and no more") {
  Gated scene(4);
  Gate gate = scene.gate();
  for (const char* server : {"web1", "web2"}) {
    REQUIRE_FALSE(gate.check(drain(server)));
    gate.pass(drain(server));
  }
  const auto refusal = gate.check(drain("web3"));
  REQUIRE(refusal);
  CHECK(refusal->guard == Guard::min_available);
  CHECK_FALSE(gate.check(drain("web2")));  // it is out already
}

TEST_CASE("a server that is loosened is no credit before it is read back") {
  Gated scene(2);
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  scene.settle();
  Gate gate = scene.gate();
  gate.loosen({"web", "web1"}, {Setting::state, kReady});
  CHECK(gate.check(drain("web2")));
}

TEST_CASE("what a loosening step brings back is taken like what serves") {
  Gated scene(2);
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  scene.settle();
  Gate gate = scene.gate();
  CHECK_FALSE(gate.check({{"web", "web1"}, {Setting::weight, 0}, OwnerKind::person}));
  gate.loosen({"web", "web1"}, {Setting::state, kReady});
  // Its own step earns nothing: on one server what tightens goes first.
  CHECK_FALSE(gate.check({{"web", "web1"}, {Setting::weight, 0}, OwnerKind::person}));
}

TEST_CASE("the gate takes servers that track another with it, also one of weight 0") {
  Gated scene(4);
  scene.haproxy.backends["api"]["api1"].tracks = "web/web1";
  scene.haproxy.touch(scene.server("web1"), {Verb::weight, 0});
  scene.settle();
  CHECK(scene.gate().check(drain("web1")));
}

TEST_CASE("a backend keeps its last server of any kind") {
  Gated scene(1);
  scene.server("web1").backup = true;
  scene.settle();
  CHECK(scene.gate().check(drain("web1")));
}

TEST_CASE("a server of which only HAProxy's guess is known does not count") {
  Gated scene(2);
  scene.haproxy.reload();
  scene.settle();
  CHECK(scene.gate().check(drain("web1")));
  scene.policy.limits.defaults.verify = Verify::up;
  CHECK_FALSE(scene.gate().check(drain("web1")));
}

TEST_CASE("servers that the configuration keeps out are not counted") {
  Gated scene(4);
  for (const char* spare : {"web3", "web4"}) scene.server(spare).disabled = true;
  scene.haproxy.reload();
  scene.pass(11s);
  CHECK_FALSE(scene.gate().check(drain("web1")));
}

TEST_CASE("how many must stay wished into service may be told apart, and is asked of automation") {
  for (const auto owner : {OwnerKind::alert, OwnerKind::rollout, OwnerKind::person}) {
    Gated scene(4);
    scene.policy.limits.defaults.min_wanted_count = 3;
    Gate gate = scene.gate();
    const auto ask = [&](std::string_view server) {
      return Gate::Ask{{"web", server}, kToDrain, owner};
    };
    REQUIRE_FALSE(gate.check(ask("web1")));
    gate.pass(ask("web1"));
    const auto refusal = gate.check(ask("web2"));
    CHECK(refusal.has_value() == (owner != OwnerKind::person));
    if (refusal) CHECK(refusal->guard == Guard::min_wanted);
  }
}

TEST_CASE("slots that DNS has not filled are not counted") {
  Gated scene(4);
  for (const char* slot : {"web3", "web4"}) scene.server(slot).slot = true;
  scene.haproxy.check();
  scene.settle();
  CHECK_FALSE(scene.gate().check(drain("web1")));
}

TEST_CASE("backups are counted where they are to be") {
  for (const bool counted : {false, true}) {
    Gated scene(4);
    scene.policy.limits.defaults.count_backups = counted;
    for (const char* backup : {"web3", "web4"}) scene.server(backup).backup = true;
    scene.settle();
    Gate gate = scene.gate();
    REQUIRE_FALSE(gate.check(drain("web1")));
    gate.pass(drain("web1"));
    CHECK(gate.check(drain("web2")).has_value() == !counted);  // the last primary
    if (counted) gate.pass(drain("web2"));
    CHECK(gate.check(drain("web3")).has_value() == counted);
  }
}

TEST_CASE("a follower that this round brings back is taken with what it tracks") {
  Gated scene(4);
  auto& follower = scene.haproxy.backends["api"]["api1"];
  follower.tracks = "web/web1";
  follower.admin = stats::forced_maint;
  scene.settle();
  Gate gate = scene.gate();
  CHECK_FALSE(gate.check(drain("web1")));
  gate.loosen({"api", "api1"}, {Setting::state, kReady});
  CHECK(gate.check(drain("web1")));
}

TEST_CASE("a follower comes back with what it tracks") {
  Gated scene(4);
  scene.haproxy.backends["api"]["api1"].tracks = "web/web1";
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  scene.settle();
  const Gate::Ask follower{{"api", "api1"}, kToDrain, OwnerKind::person};
  Gate gate = scene.gate();
  CHECK_FALSE(gate.check(follower));
  gate.loosen({"web", "web1"}, {Setting::state, kReady});
  CHECK(gate.check(follower));
}

TEST_CASE("a server whose checks are disabled is not counted, and a rule's are asked for") {
  Gated scene(2);
  const Value frozen{Setting::health, kFrozen};
  Gate gate = scene.gate();
  const Gate::Ask persons{{"web", "web1"}, frozen, OwnerKind::person};
  CHECK_FALSE(gate.check(persons));
  gate.pass(persons);
  CHECK(gate.check(drain("web2")));
  CHECK(gate.check({{"web", "web2"}, frozen, OwnerKind::alert}));
  CHECK_FALSE(gate.check({{"web", "web2"}, frozen, OwnerKind::person}));
}

TEST_CASE("what was seen well before a restart counts for what was in force, until a check fails") {
  const Gate::Ask again{{"web", "web1"}, kToDrain, OwnerKind::alert, true};
  const Gate::Ask anew{{"web", "web1"}, kToDrain, OwnerKind::alert, false};
  Gated scene(2);
  scene.haproxy.reload();
  scene.settle();
  CHECK_FALSE(scene.gate().check(again));
  CHECK(scene.gate().check(anew));
  scene.server("web2").check_status = kTimedOut;
  scene.look();
  CHECK(scene.gate().check(again));
  Gated alone(1);
  alone.haproxy.reload();
  alone.settle();
  CHECK(alone.gate().check(again));
}

TEST_CASE("a server whose agent is let on is not counted, nor are those that track it") {
  Gated scene(2);
  scene.haproxy.backends["api"]["api1"].tracks = "web/web1";
  scene.haproxy.backends["api"]["api2"] = {};
  scene.settle();
  Gate gate = scene.gate();
  gate.unsee({"web", "web1"});
  CHECK(gate.check(drain("web2")));
  CHECK(gate.check({{"api", "api2"}, kToDrain, OwnerKind::person}));
  CHECK_FALSE(scene.gate().check(drain("web2")));
}
