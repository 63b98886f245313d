// What another process of HAProxy tells of a setting: what was lost on the way to the one before,
// what a file says, what the configuration says now.
#include <catch2/catch_test_macros.hpp>

#include "control/judge.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

// A steward that dies between its ledger and HAProxy.
struct Killed : Scene {
  Killed() { seconds(5); }
  void die() {
    look();
    REQUIRE_FALSE(compare().empty());
  }
  void come_back() {
    idle(1s);
    begin_again();
    settle();
  }
  void by_hand(const Command& command) {
    haproxy.touch(server("web1"), command);
    seconds(2);
  }
  [[nodiscard]] bool unclear(Setting setting = Setting::state) const {
    const Hold* hold = book.shelf({"lb1", "web", "web1"})->find(setting);
    return hold != nullptr && hold->unclear;
  }
  std::uint32_t admin() { return server("web1").admin; }
};

}  // namespace

TEST_CASE("what a file of a process that had just begun may say is nobody's for certain") {
  for (const int old : {1, 5}) {
    Killed scene;
    scene.by_hand({Verb::state_drain});
    scene.act({Setting::state, kReady}, "web1");
    scene.seconds(3);
    scene.haproxy.reload();
    scene.seconds(old);
    scene.haproxy.reload();
    scene.seconds(2);
    CHECK(scene.unclear() == (old == 1));
  }
}

TEST_CASE("what was lost may have been told to a process that began at once, and to no later one") {
  for (const auto later : {3s, 20s}) {
    Killed scene;
    scene.fire("Sick", "web1");
    scene.die();
    scene.idle(later);
    scene.haproxy.reload();
    scene.idle(3s);
    scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
    scene.come_back();
    scene.resolve("Sick", "web1");
    scene.seconds(10);
    CHECK(scene.unclear() == (later == 20s));
    CHECK((scene.admin() == stats::forced_drain) == (later == 20s));
  }
}

TEST_CASE("what a file brings is not what was lost, though it is the same") {
  Killed scene;
  scene.by_hand({Verb::state_drain});
  scene.seconds(3);
  scene.haproxy.save();
  scene.seconds(2);
  scene.by_hand({Verb::state_ready});
  scene.seconds(2);
  scene.fire("Sick", "web1");
  scene.die();
  scene.idle(2s);
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.come_back();
  CHECK(scene.unclear());
}

TEST_CASE("of a weight nobody can tell whether a file brought it or what was lost") {
  Killed scene;
  scene.by_hand({Verb::weight, 50});
  scene.haproxy.save();
  scene.by_hand({Verb::weight, 100});
  scene.fire("Slow", "web1");
  scene.die();
  scene.idle(2s);
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.come_back();
  CHECK(scene.unclear(Setting::weight));
}

TEST_CASE("what stood on the old configuration goes back to the new one") {
  Killed scene;
  scene.server("web1").disabled = true;
  scene.haproxy.reload();
  scene.seconds(5);
  const auto report = scene.act({Setting::state, kDrain}, "web1");
  scene.seconds(5);
  REQUIRE((scene.server("web1").admin & kSetByHand) == stats::forced_drain);
  scene.haproxy.save();
  scene.server("web1").next_disabled = false;
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.seconds(5);
  REQUIRE(scene.server("web1").admin == stats::forced_drain);
  scene.release(scene.only(report).id);
  scene.seconds(20);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("what the configuration says now beats a file, also over what was set by hand") {
  Killed scene;
  scene.by_hand({Verb::weight, 70});
  const auto report = scene.act({Setting::weight, 40}, "web1");
  scene.haproxy.touch(scene.server("web2"), {Verb::state_drain});
  scene.seconds(3);
  scene.haproxy.save();
  scene.server("web1").next_initial = 40;
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.seconds(5);
  scene.release(scene.only(report).id);
  scene.seconds(5);
  CHECK(scene.server("web1").weight == 40);
}
