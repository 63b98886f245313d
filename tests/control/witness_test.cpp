// Whose checks are of the present process of HAProxy, and of this spell in service.
#include "steward/control/witness.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

// One server of a HAProxy that runs for long, looked at by nobody else.
struct Lone {
  Lone() {
    web1().check_timeout = 60;
    look(0s);
  }
  FakeServer& web1() { return scene.server("web1"); }

  void look(std::chrono::seconds later = 1s) {
    wait(later);
    witness.look(scene.haproxy.view(scene.now), limits);
  }
  void wait(std::chrono::seconds time) {
    scene.now += time;
    scene.haproxy.advance(scene.now);
  }
  void check_and_look() {
    scene.haproxy.check();
    look();
  }
  void restart(FakeHAProxy::File file) {
    scene.haproxy.save();
    wait(1s);
    scene.haproxy.restart(file);
  }
  // Out of maintenance, and no check has ended since.
  void leave_maintenance() {
    command(Verb::state_maint);
    look();
    command(Verb::state_ready);
  }
  void command(Verb verb) { scene.haproxy.obey({"lb1", "web", "web1"}, {verb}); }

  [[nodiscard]] bool believed() const { return witness.fresh(key); }
  [[nodiscard]] bool carried(std::chrono::seconds later = 0s) const {
    return witness.carried(key, scene.now + later, limits);
  }

  const ServerKey key{"web", "web1"};
  Scene scene{1};
  Witness witness;
  Limits limits;
};

}  // namespace

TEST_CASE("in a new process the first check that ends is believed, also where one decides") {
  for (const std::uint32_t rise : {1U, 2U}) {
    Lone lone;
    lone.web1().rise = lone.web1().fall = rise;
    lone.restart(FakeHAProxy::File::none);
    lone.look();
    CHECK_FALSE(lone.believed());
    lone.check_and_look();
    CHECK(lone.believed());
  }
}

TEST_CASE("a result out of a file is believed once a check that was seen under way has ended") {
  Lone lone;
  lone.restart(FakeHAProxy::File::newest);
  lone.look();
  CHECK_FALSE(lone.believed());
  lone.web1().hangs = true;
  for (int i = 0; i < 3; ++i) {
    lone.check_and_look();
    CHECK_FALSE(lone.believed());
  }
  lone.web1().hangs = false;
  lone.check_and_look();
  CHECK(lone.believed());
}

TEST_CASE("a result out of a file is believed after ten seconds if HAProxy tells of a check") {
  Lone lone;
  lone.restart(FakeHAProxy::File::newest);
  lone.look();
  SECTION("it does") {
    lone.scene.haproxy.check();
    lone.look(5s);
    CHECK_FALSE(lone.believed());
    lone.look(5s);
    CHECK(lone.believed());
  }
  SECTION("it does not") {
    lone.look(30s);
    CHECK_FALSE(lone.believed());
  }
}

TEST_CASE("a result of a file from the first second of a process is not believed") {
  Lone lone;
  lone.web1().plain = true;
  lone.restart(FakeHAProxy::File::none);
  lone.scene.haproxy.check();
  lone.restart(FakeHAProxy::File::newest);
  lone.look();
  CHECK_FALSE(lone.believed());
  lone.web1().checking = true;
  lone.look();
  lone.check_and_look();
  CHECK(lone.believed());
}

TEST_CASE("an old process that no check of a server has ended in is not believed") {
  Lone lone;
  lone.restart(FakeHAProxy::File::newest);
  lone.wait(30s);
  lone.look();
  CHECK_FALSE(lone.believed());
}

TEST_CASE("who is up with little health at the first look may never have been checked") {
  Lone lone;
  lone.leave_maintenance();
  Witness another;
  another.look(lone.scene.haproxy.view(lone.scene.now), lone.limits);
  CHECK_FALSE(another.fresh(lone.key));
  lone.scene.haproxy.check();
  another.look(lone.scene.haproxy.view(lone.scene.now), lone.limits);
  CHECK(another.fresh(lone.key));
}

TEST_CASE("whom an earlier steward doubted this one doubts as well") {
  Lone lone;
  lone.web1().rise = lone.web1().fall = 1;
  lone.leave_maintenance();
  lone.look();
  REQUIRE_FALSE(lone.believed());
  Witness another;
  another.resume(lone.scene.now, lone.scene.haproxy.view(lone.scene.now).epoch(),
                 lone.witness.doubts());
  for (int i = 0; i < 2; ++i) {
    lone.wait(1s);
    another.look(lone.scene.haproxy.view(lone.scene.now), lone.limits);
    CHECK_FALSE(another.fresh(lone.key));
  }
}

TEST_CASE("checks that were off are believed once one has ended since") {
  Lone lone;
  lone.web1().checks = false;
  lone.look();
  lone.web1().checks = true;
  SECTION("and not because of what they said before") { lone.look(); }
  SECTION("nor because its health is another by now") {
    lone.web1().health = lone.web1().rise;
    lone.look();
  }
  CHECK_FALSE(lone.believed());
}

TEST_CASE("a server that leaves maintenance is believed when its health is full") {
  Lone lone;
  lone.leave_maintenance();
  lone.look();
  CHECK_FALSE(lone.believed());
  lone.check_and_look();
  CHECK(lone.believed());
}

TEST_CASE("carried is who was seen well in the ten seconds before another process began") {
  for (const auto before : {5s, 15s}) {
    Lone lone;
    lone.wait(before);
    lone.restart(FakeHAProxy::File::none);
    lone.look();
    CHECK(lone.carried() == (before == 5s));
  }
}

TEST_CASE("when the clock is set, doubts and what is carried move with it") {
  Lone lone;
  lone.web1().plain = true;  // nothing tells whose its checks' results are
  lone.restart(FakeHAProxy::File::newest);
  lone.scene.haproxy.check();
  lone.look();
  REQUIRE(lone.carried());
  lone.scene.now += 1h;
  lone.witness.step(1h);
  CHECK(lone.carried());
  CHECK_FALSE(lone.carried(1min));
  lone.witness.look(lone.scene.haproxy.view(lone.scene.now), lone.limits);
  CHECK_FALSE(lone.believed());
}

TEST_CASE("an agent is believed again when it has answered, or after ten seconds") {
  for (const bool answers : {true, false}) {
    for (const bool disabled : {true, false}) {
      Lone lone;
      lone.web1().has_agent = true;
      if (disabled) lone.look();
      if (disabled) lone.web1().agent = true;
      if (!disabled) lone.restart(FakeHAProxy::File::none);
      lone.look();
      CHECK_FALSE(lone.witness.agent_answered(lone.key));
      lone.web1().asking_agent = answers;
      lone.look(answers ? 1s : 8s);
      CHECK_FALSE(lone.witness.agent_answered(lone.key));
      lone.web1().asking_agent = false;
      lone.look();
      CHECK(lone.witness.agent_answered(lone.key));
    }
  }
}

TEST_CASE("who was out of service and back between two looks is not believed") {
  Lone lone;
  lone.wait(3s);
  lone.command(Verb::state_maint);
  lone.command(Verb::state_ready);
  lone.web1().health = lone.web1().full_health();
  lone.look();
  CHECK_FALSE(lone.believed());
  lone.check_and_look();
  lone.look(10s);
  CHECK(lone.believed());
}

TEST_CASE("who came up by its checks between two looks is believed") {
  Lone lone;
  lone.web1().alive = false;
  lone.scene.haproxy.check_all();
  lone.look();
  lone.web1().alive = true;
  lone.wait(5s);
  lone.scene.haproxy.check_all();
  lone.look();
  CHECK(lone.believed());
}

TEST_CASE("a drain between two looks says nothing of the checks") {
  Lone lone;
  lone.wait(5s);
  lone.command(Verb::state_drain);
  lone.look();
  CHECK(lone.believed());
}

TEST_CASE("a check that HAProxy tells the code of is believed at the first look after a file") {
  Lone lone;
  lone.restart(FakeHAProxy::File::newest);
  lone.scene.haproxy.check();
  lone.look();
  CHECK(lone.believed());
}

TEST_CASE("what HAProxy never tells anything of is believed after a minute") {
  Lone lone;
  lone.web1().plain = true;
  lone.restart(FakeHAProxy::File::newest);
  lone.look();
  lone.look(50s);
  CHECK_FALSE(lone.believed());
  lone.look(10s);
  CHECK(lone.believed());
}

TEST_CASE("nothing is carried that was seen by a clock that was set back since") {
  Lone lone;
  lone.restart(FakeHAProxy::File::none);
  lone.scene.now -= 1h;
  lone.witness.look(lone.scene.haproxy.view(lone.scene.now), lone.limits);
  CHECK_FALSE(lone.carried());
}

TEST_CASE("where one check fails a server, full health says nothing if it changed lately") {
  for (const auto later : {5s, 15s}) {
    Lone lone;
    lone.web1().fall = 1;
    lone.leave_maintenance();
    lone.wait(later);
    Witness another;
    another.look(lone.scene.haproxy.view(lone.scene.now), lone.limits);
    CHECK(another.fresh(lone.key) == (later == 15s));
  }
}

TEST_CASE("a server that has another address is believed when a check of that has ended") {
  Lone lone;
  lone.look();
  lone.look();
  REQUIRE(lone.believed());
  lone.web1().checking = true;  // of the address before
  lone.web1().move_to("10.0.0.9");
  lone.look();
  CHECK_FALSE(lone.believed());
  lone.check_and_look();
  CHECK_FALSE(lone.believed());
  lone.web1().checking = true;
  lone.look();
  lone.check_and_look();
  CHECK(lone.believed());
}

TEST_CASE("a server that begins another process with another address is not carried") {
  Lone lone;
  lone.look();
  lone.restart(FakeHAProxy::File::none);
  lone.web1().move_to("10.0.0.9");
  lone.look();
  CHECK_FALSE(lone.carried());
}

TEST_CASE("in and out of maintenance within a second shows as a change that is younger") {
  Lone lone;
  lone.web1().rise = lone.web1().fall = 1;
  lone.wait(60s);
  lone.look();
  lone.look();
  REQUIRE(lone.believed());
  lone.command(Verb::state_maint);
  lone.command(Verb::state_ready);
  lone.look(0s);
  CHECK_FALSE(lone.believed());
}
