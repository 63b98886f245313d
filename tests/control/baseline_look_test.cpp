// Whose a setting is, in another process of HAProxy and in the same, as the control loop sees it.
#include <catch2/catch_test_macros.hpp>

#include "control/judge.hpp"
#include "steward/control/baseline.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

struct Owned : Scene {
  [[nodiscard]] const Hold* hold(Setting setting) const {
    const Book::Shelf* shelf = book.shelf({"lb1", "web", "web1"});
    return shelf == nullptr ? nullptr : shelf->find(setting);
  }
  [[nodiscard]] bool unclear(Setting setting = Setting::state) const {
    return hold(setting) != nullptr && hold(setting)->unclear;
  }
  std::uint32_t admin() { return server("web1").admin; }
  void by_hand(Verb verb) {
    haproxy.touch(server("web1"), {verb});
    settle();
  }
  void restart(FakeHAProxy::File file) {
    haproxy.restart(file);
    pass(1s);
  }
  void rest(int seconds) {
    for (int i = 0; i < seconds; ++i) pass(1s);
  }
  // A ready of alice's over a drain by hand, that ends in the second in which HAProxy is replaced.
  void become_unclear() {
    by_hand(Verb::state_drain);
    const auto report = act({Setting::state, kReady}, "web1");
    settle();
    release(only(report).id);
    haproxy.restart(FakeHAProxy::File::just_written);
    now += 1s;
    settle();
  }
};

}  // namespace

TEST_CASE("what changed in the second in which HAProxy was replaced is nobody's for certain") {
  Owned scene;
  scene.become_unclear();
  CHECK(scene.unclear());
  CHECK(scene.admin() == 0);
}

TEST_CASE("what is unclear stays so after a file, and is clear without one") {
  Owned scene;
  scene.become_unclear();
  REQUIRE(scene.unclear());
  scene.rest(5);
  scene.haproxy.save();
  scene.restart(FakeHAProxy::File::newest);
  CHECK(scene.unclear());
  scene.rest(5);
  scene.haproxy.reload();
  scene.rest(3);
  CHECK_FALSE(scene.unclear());
}

TEST_CASE("a weight that a file brings back is undone, also if the server went down since") {
  for (const bool went_down : {false, true}) {
    Owned scene;
    scene.fire("Slow", "web1");
    scene.rest(3);
    REQUIRE(scene.server("web1").weight == 50);
    scene.haproxy.save();
    scene.resolve("Slow", "web1");
    scene.rest(3);
    scene.haproxy.restart(FakeHAProxy::File::newest);
    scene.now += 3s;
    scene.haproxy.advance(scene.now);
    if (went_down) scene.server("web1").last_change = scene.haproxy.clock - 1;
    scene.settle();
    CHECK_FALSE(scene.unclear(Setting::weight));
    scene.rest(2);
    CHECK(scene.server("web1").weight == 100);
  }
}

TEST_CASE("a server that the configuration disables is left so, whatever it was in a file") {
  Owned scene;
  const auto report = scene.act({Setting::state, kMaint}, "web1");
  scene.rest(3);
  scene.haproxy.save();
  scene.server("web1").next_disabled = true;
  scene.restart(FakeHAProxy::File::newest);
  REQUIRE((scene.admin() & stats::forced_maint) != 0);
  scene.release(scene.only(report).id);
  scene.rest(20);
  CHECK((scene.admin() & stats::forced_maint) != 0);
}

TEST_CASE("what a new process began with is remembered when a file brings it back") {
  Owned scene;
  scene.by_hand(Verb::state_drain);
  scene.act({Setting::state, kReady}, "web1");
  scene.rest(3);
  scene.haproxy.reload();  // which ends both
  scene.rest(3);
  scene.haproxy.save();
  scene.restart(FakeHAProxy::File::newest);
  scene.rest(20);
  CHECK(scene.admin() == 0);
}

TEST_CASE("our drain out of a file is undone, unless the steward was long away") {
  for (const auto away : {std::chrono::minutes(5), std::chrono::minutes(15)}) {
    Owned scene;
    scene.fire("Sick", "web1");
    scene.rest(3);
    scene.haproxy.save();
    scene.resolve("Sick", "web1");
    scene.rest(3);
    scene.idle(away);
    scene.restart(FakeHAProxy::File::newest);
    scene.rest(10);
    CHECK(scene.unclear() == (away > std::chrono::minutes(10)));
    CHECK((scene.admin() == 0) == (away < std::chrono::minutes(10)));
  }
}

TEST_CASE("what our hold file may have said to a new process is ours") {
  for (const auto since : {30s, 90s}) {
    Owned scene;
    scene.policy.hold_files = true;
    scene.fire("Sick", "web1");
    scene.rest(3);
    scene.resolve("Sick", "web1");
    scene.rest(static_cast<int>(since / 1s));
    scene.haproxy.reload();
    scene.server("web1").admin = stats::forced_drain;  // before any traffic
    scene.rest(10);
    CHECK(scene.unclear() == (since > 60s));
    CHECK((scene.admin() == 0) == (since < 60s));
  }
}

TEST_CASE("a pinned health is not confirmed while anything may undo it") {
  stats::ServerState row;
  const Value down{Setting::health, kDown};
  CHECK(confirmation(down, row) == Confirmed::yes);
  row.check_state = stats::check_in_progress;
  CHECK(confirmation(down, row) == Confirmed::for_now);
  CHECK(confirmation({Setting::state, kDrain}, row) == Confirmed::yes);
  row.check_state = 0;
  row.admin = stats::forced_maint;
  CHECK(confirmation(down, row) == Confirmed::for_now);
}

TEST_CASE("the words of an agent are no person's: what is wished stays so") {
  Owned scene;
  auto& server = scene.server("web1");
  server.has_agent = server.agent = true;
  server.agent_says = "80%";
  scene.settle();
  const auto report = scene.fire("Slow", "web1");
  scene.rest(3);
  CHECK(scene.only(report).phase == Phase::active);
  CHECK(server.weight == 50);
  CHECK(scene.hold(Setting::weight)->by == Provenance::agent);
}

TEST_CASE("a weight of an agent that our drain keeps off is no person's to a new steward") {
  Owned scene;
  auto& server = scene.server("web1");
  server.has_agent = server.agent = true;
  server.agent_says = "80%";
  scene.rest(3);
  scene.fire("Sick", "web1");
  scene.rest(3);
  REQUIRE_FALSE(server.agent);
  REQUIRE(server.weight == 80);
  scene.begin_again();
  scene.rest(3);
  CHECK(scene.hold(Setting::weight) == nullptr);
  CHECK(std::ranges::none_of(scene.audit, [](const AuditRecord& line) {
    return line.event == to_string(Event::by_hand);
  }));
}

TEST_CASE("a drain that HAProxy does late, when nobody wishes it any more, is undone") {
  Owned scene;
  const auto report = scene.fire("Sick", "web1");
  scene.look();
  const auto steps = scene.compare();
  REQUIRE(steps.size() == 1);
  scene.release(scene.only(report).id);
  scene.rest(3);
  scene.haproxy.apply(steps[0]);
  scene.rest(5);
  CHECK(scene.admin() == 0);
}

TEST_CASE("what was wished after the last look does not yield to what was done by hand before") {
  Owned scene;
  scene.now += 1s;
  const auto report = scene.fire("Broken", "web1");
  scene.haproxy.touch(scene.server("web1"), {Verb::state_drain});
  scene.rest(3);
  CHECK(scene.only(report).phase == Phase::active);
  CHECK(scene.hold(Setting::state)->baseline == Value{Setting::state, kDrain});
}

TEST_CASE("a weight and checks that were set by hand are noted") {
  Owned scene;
  scene.settle();
  scene.by_hand(Verb::disable_health);
  REQUIRE(scene.hold(Setting::health) != nullptr);
  CHECK(scene.hold(Setting::health)->by == Provenance::person);
  scene.haproxy.touch(scene.server("web1"), {Verb::weight, 17});
  scene.settle();
  REQUIRE(scene.hold(Setting::weight) != nullptr);
  CHECK(scene.hold(Setting::weight)->baseline == Value{Setting::weight, 17});
}

TEST_CASE("an alert's drain outlives a configuration that is stricter") {
  Owned scene;
  const auto report = scene.fire("Sick", "web1");
  scene.rest(3);
  scene.server("web1").next_disabled = true;
  scene.restart(FakeHAProxy::File::none);
  scene.rest(3);
  CHECK(live(scene.only(report).phase));
}

TEST_CASE("a weight that was raised on purpose outlives another one in the configuration") {
  Owned scene;
  scene.server("web1").initial = scene.server("web1").weight = 50;
  scene.settle();
  const auto report = scene.act({Setting::weight, 80}, "web1");
  scene.rest(3);
  scene.server("web1").next_initial = 60;
  scene.restart(FakeHAProxy::File::none);
  scene.rest(10);
  CHECK(live(scene.only(report).phase));
  CHECK(scene.server("web1").weight == 80);
}
