#include "steward/control/availability.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"
#include "steward/control/witness.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

struct Known : Scene {
  bool counts(const char* name = "web1") {
    look();
    const auto target = target_of(name);
    return verified(sight(), book.witness("lb1"), *sight().find({target.backend, target.server}),
                    policy.limits);
  }
};

}  // namespace

TEST_CASE("a server counts that serves, and whose last check passed") {
  Known scene;
  scene.settle();
  CHECK(scene.counts());
  SECTION("not one that is dead") { scene.server("web1").operational = stats::op_stopped; }
  SECTION("not one that is drained") { scene.server("web1").admin = stats::forced_drain; }
  SECTION("not one in maintenance") { scene.server("web1").admin = stats::forced_maint; }
  SECTION("not one without weight") { scene.server("web1").weight = 0; }
  SECTION("not one whose last check failed") { scene.server("web1").check_status = kTimedOut; }
  SECTION("not one of which one check more may fail") { scene.server("web1").health = 3; }
  SECTION("not one whose checks have just been switched off") {
    scene.server("web1").checks = false;
  }
  CHECK_FALSE(scene.counts());
}

TEST_CASE("a server without checks counts when it is up") {
  Known scene;
  scene.server("web1").has_checks = false;
  CHECK(scene.counts());
}

TEST_CASE("a server that HAProxy calls up counts unchecked only where that will do") {
  Known scene;
  scene.haproxy.reload();
  scene.settle();
  CHECK_FALSE(scene.counts());
  scene.policy.limits.defaults.verify = Verify::up;
  CHECK(scene.counts());
}

TEST_CASE("a server that tracks another is as well as the last one in the row") {
  Known scene;
  scene.haproxy.backends["edge"]["edge1"] = {};
  scene.server("web1").tracks = "edge/edge1";
  scene.haproxy.backends["api"]["api1"].tracks = "web/web1";
  CHECK(scene.counts("api/api1"));
  scene.server("edge/edge1").check_status = kTimedOut;
  CHECK_FALSE(scene.counts("api/api1"));
}

TEST_CASE("a server whose agent has not answered does not count") {
  Known scene;
  auto& server = scene.server("web1");
  server.has_agent = server.agent = true;
  SECTION("since its process began, however long that is") {
    server.agent_says.clear();
    server.agent_heard = false;
    scene.settle();
    scene.now += 1min;
    scene.settle();
  }
  SECTION("since it was enabled again") {
    server.agent = false;
    scene.settle();
    server.agent = true;
    scene.settle();
  }
  CHECK_FALSE(scene.counts());
}
