#include "steward/control/reconcile.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

TEST_CASE("a reload that leaves a backend too few servers defers what it took from it") {
  Scene scene;
  const auto first = scene.fire("Sick", "web1");
  const auto second = scene.fire("Sick", "web2");
  scene.settle();
  auto& web = scene.haproxy.backends["web"];
  web.erase("web3");
  web.erase("web4");
  scene.haproxy.reload();
  scene.pass(1s);
  CHECK(scene.usable_servers() == 1);
  CHECK(scene.only(first).phase == Phase::active);
  CHECK(scene.only(second).guard == Guard::min_available);
  web["web3"] = {};
  web["web4"] = {};
  scene.haproxy.reload();
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.usable_servers() == 2);
  CHECK(scene.only(second).phase == Phase::active);
}

TEST_CASE("a server that is gone waits, and asks the guards when it is back") {
  Scene scene;
  const auto first = scene.fire("Sick", "web1");
  scene.fire("Sick", "web2");
  scene.settle();
  auto& web = scene.haproxy.backends["web"];
  web.erase("web1");
  web.erase("web2");
  scene.pass(1s);
  CHECK(scene.only(first).phase == Phase::pending);
  scene.fire("Sick", "web3");
  scene.settle();
  CHECK(scene.usable_servers() == 1);
  web["web1"] = {};
  web["web2"] = {};
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.usable_servers() == 2);
  CHECK(scene.book.count(Phase::active) == 2);
}

TEST_CASE("a person's override of a server that is gone is there when it is back") {
  Scene scene;
  const auto report = scene.act({Setting::state, kMaint}, "web1");
  scene.settle();
  scene.haproxy.backends["web"].erase("web1");
  scene.pass(1s);
  scene.haproxy.backends["web"]["web1"] = {};
  scene.pass(1s);
  CHECK(scene.only(report).phase == Phase::active);
  CHECK(scene.server("web1").admin == stats::forced_maint);
}

TEST_CASE("what waits for a server that is gone ends with its lease or its alert") {
  Scene scene;
  const auto first = scene.fire("Sick", "web1");
  const auto second = scene.fire("Sick", "web2");
  scene.settle();
  scene.haproxy.backends["web"].erase("web1");
  scene.haproxy.backends["web"].erase("web2");
  scene.pass(1s);
  scene.resolve("Sick", "web1");
  scene.pass(3h);
  CHECK(scene.only(first).phase == Phase::released);
  CHECK(scene.only(second).phase == Phase::released);
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("what waited for a HAProxy that was never seen is judged when it is") {
  Scene scene;
  scene.haproxy.algorithms["web"] = "static-rr";
  scene.blind = true;
  const auto drain = scene.fire("Sick", "web1");
  const auto slow = scene.fire("Slow", "web2");
  const auto nowhere = scene.fire("Sick", "web9");
  CHECK(scene.only(drain).guard == Guard::unreachable);
  scene.blind = false;
  scene.settle();
  CHECK(scene.only(drain).phase == Phase::active);
  CHECK(scene.only(slow).phase == Phase::rejected);
  CHECK(scene.only(slow).guard == Guard::invalid_value);
  CHECK(scene.only(nowhere).phase == Phase::rejected);
  CHECK(scene.only(nowhere).guard == Guard::unknown_server);
}

TEST_CASE("a round that finds nothing new leaves no trace") {
  Scene scene;
  scene.fire("Broken", "web1");
  scene.fire("Sick", "web2");
  scene.fire("Sick", "web3");  // deferred
  scene.settle();
  scene.resolve("Broken", "web1");
  scene.settle();  // it waits for a check
  Draft draft(scene.book);
  scene.look();
  CHECK(reconcile(draft, scene.world(), scene.sight(), {}).empty());
  CHECK(draft.changes().empty());
}
