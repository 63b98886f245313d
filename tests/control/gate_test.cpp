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
