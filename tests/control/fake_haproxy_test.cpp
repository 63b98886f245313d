// The HAProxy in memory does what HAProxy 2.6, 3.0, 3.2 and 3.4 were seen to do.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

// One server with checks, an hour old.
struct Alone : Scene {
  Alone() : Scene(1) {}
  FakeServer& web1() { return server("web1"); }
  [[nodiscard]] stats::ServerState row() {
    look();
    return *sight().find({"web", "web1"});
  }
  void check() {
    now += 1s;
    haproxy.advance(now);
    haproxy.check();
  }
  void command(Verb verb) { haproxy.obey({"lb1", "web", "web1"}, {verb}); }
};

using File = FakeHAProxy::File;

}  // namespace

TEST_CASE(
    "a fresh process calls a server UP that nobody has checked, and one check takes it down") {
  Alone scene;
  scene.web1().alive = false;
  scene.haproxy.reload();
  CHECK(scene.row().running());
  CHECK(scene.row().check_status == stats::status_initializing);
  CHECK(scene.row().check_result == 0);
  CHECK_FALSE(scene.haproxy.known("web", "web1"));
  scene.check();
  CHECK_FALSE(scene.row().running());
}

TEST_CASE("a server goes down at the third check that fails and up at the second that passes") {
  Alone scene;
  scene.web1().alive = false;
  for (int i = 0; i < 2; ++i) scene.check();
  CHECK(scene.row().running());
  scene.check();
  CHECK_FALSE(scene.row().running());
  CHECK(scene.row().since_last_change == 0);
  scene.web1().alive = true;
  scene.check();
  CHECK_FALSE(scene.row().running());
  scene.check();
  CHECK(scene.row().running());
}

TEST_CASE("a state file brings back the last check, its health and its age") {
  Alone scene;
  scene.web1().alive = false;
  scene.haproxy.restart(File::just_written);
  CHECK(scene.row().last_check_passed());
  CHECK(scene.row().check_result == stats::kCheckPassed);
  CHECK(scene.row().check_health == 4);
  CHECK(scene.row().since_last_change > scene.sight().uptime().count());
  CHECK_FALSE(scene.haproxy.known("web", "web1"));
  for (int i = 0; i < 2; ++i) scene.check();
  CHECK(scene.row().running());
  scene.check();
  CHECK_FALSE(scene.row().running());
}

TEST_CASE("a state file brings back what was set, unless the configuration has changed it") {
  Alone scene;
  scene.command(Verb::state_drain);
  scene.web1().weight = 17;
  scene.haproxy.save();
  SECTION("the newest") {
    scene.haproxy.restart(File::newest);
    CHECK(scene.web1().admin == stats::forced_drain);
    CHECK(scene.web1().weight == 17);
  }
  SECTION("the older") {
    scene.command(Verb::state_ready);
    scene.haproxy.save();
    scene.haproxy.restart(File::older);
    CHECK(scene.web1().admin == stats::forced_drain);
  }
  SECTION("another weight and `disabled` in the configuration") {
    scene.web1().next_initial = 40;
    scene.web1().next_disabled = true;
    scene.haproxy.restart(File::newest);
    CHECK(scene.web1().weight == 40);
    CHECK(scene.web1().admin == (stats::forced_maint | stats::config_maint));
  }
}

TEST_CASE("out of maintenance a server is UP at once, with the check before still told") {
  Alone scene;
  scene.command(Verb::state_maint);
  CHECK_FALSE(scene.row().running());
  scene.web1().alive = false;
  scene.command(Verb::state_ready);
  CHECK(scene.row().running());
  CHECK(scene.row().last_check_passed());
  CHECK(scene.row().check_health == 2);
  CHECK_FALSE(scene.haproxy.known("web", "web1"));
}

TEST_CASE("drain sets the last change on 2.6 and not on 3.0 and later; UP and DOWN do on all") {
  Alone scene;
  scene.haproxy.reload();
  scene.check();
  scene.haproxy.drain_is_change = GENERATE(true, false);
  scene.command(Verb::state_drain);
  CHECK((scene.row().since_last_change == 0) == scene.haproxy.drain_is_change);
  scene.check();
  scene.command(Verb::state_maint);
  CHECK(scene.row().since_last_change == 0);
}

TEST_CASE("a check under way has no result, and one that hangs ends by its timeout") {
  Alone scene;
  scene.web1().hangs = true;
  scene.check();
  CHECK((scene.row().check_state & stats::check_in_progress) != 0);
  CHECK(scene.row().check_result == 0);
  CHECK(scene.row().last_check_passed());
  for (int i = 0; i < 3; ++i) scene.check();
  CHECK(scene.row().check_result == kCheckFailed);
  CHECK_FALSE(scene.row().last_check_passed());
}

TEST_CASE("a server is up again at the next check once its agent, who says down, is disabled") {
  Alone scene;
  scene.web1().has_agent = scene.web1().agent = scene.web1().ghost.agent = true;
  scene.web1().agent_says = "down 30%";
  scene.check();
  CHECK_FALSE(scene.row().running());
  CHECK(scene.row().user_weight == 30);
  scene.command(Verb::disable_agent);
  CHECK_FALSE(scene.row().running());
  scene.check();
  CHECK(scene.row().running());
  scene.command(Verb::enable_agent);
  CHECK(scene.row().running());
  scene.check();
  CHECK_FALSE(scene.row().running());
}

TEST_CASE("an agent is heard in maintenance, and may end it") {
  Alone scene;
  scene.web1().has_agent = scene.web1().agent = scene.web1().ghost.agent = true;
  scene.command(Verb::state_maint);
  scene.check();
  CHECK(scene.row().in_maint());
  scene.web1().agent_says = "ready";
  scene.check();
  CHECK(scene.row().running());
}

TEST_CASE("a slot without an address is in maintenance until DNS has one") {
  Alone scene;
  scene.web1().slot = true;
  scene.haproxy.reload();
  CHECK(scene.row().address.empty());
  CHECK(scene.row().admin == stats::resolution_maint);
  scene.web1().resolved = "10.0.2.1";
  scene.check();
  CHECK(scene.row().address == "10.0.2.1");
  CHECK(scene.row().running());
}

TEST_CASE("ghosts follow people, and the state files they were saved in") {
  Alone scene;
  scene.haproxy.touch(scene.web1(), {Verb::state_drain});
  CHECK(scene.web1().ghost.admin == stats::forced_drain);
  scene.haproxy.save();
  scene.command(Verb::state_maint);  // ours
  CHECK(scene.web1().ghost.admin == stats::forced_drain);
  scene.haproxy.touch(scene.web1(), {Verb::state_maint});  // changes nothing
  CHECK(scene.web1().ghost.admin == stats::forced_drain);
  scene.haproxy.reload();
  CHECK(scene.web1().ghost.admin == 0);
  scene.haproxy.restart(File::newest);
  CHECK(scene.web1().ghost.admin == stats::forced_drain);
}
