// Rounds whose outcome the ledger did not take: what they saw by hand is noted by the next one.
#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

constexpr std::uint32_t kForcedDrain = 8;

// One whose ledger is full now and then.
struct Unwritten : Scene {
  // An alert drained web1 and is resolved: a file could bring the drain back.
  void leave_a_tombstone() {
    pass(100s);
    seconds(3);
    fire("Sick", "web1");
    seconds(5);
    resolve("Sick", "web1");
    seconds(5);
    REQUIRE(server("web1").admin == 0);
  }
  void seconds_without_room(int count) {
    keeping = false;
    seconds(count);
    keeping = true;
  }
  void drain_by_hand(const std::string& name) { haproxy.touch(server(name), {Verb::state_drain}); }
  [[nodiscard]] const Hold* hold(const std::string& name) const {
    const Book::Shelf* shelf = book.shelf(target_of(name));
    return shelf == nullptr ? nullptr : shelf->find(Setting::state);
  }
  [[nodiscard]] bool heard(Event event, const std::string& name) const {
    return std::ranges::any_of(audit, [&](const AuditRecord& line) {
      return line.event == to_string(event) && line.target == to_string(target_of(name));
    });
  }
};

}  // namespace

TEST_CASE("a change by hand in rounds that are not kept is noted by the next that is") {
  for (const bool held : {false, true}) {
    Unwritten scene;
    if (held) scene.leave_a_tombstone();
    scene.seconds(3);
    scene.keeping = false;
    scene.seconds(1);
    scene.drain_by_hand("web1");
    scene.seconds(3);
    CHECK_FALSE(scene.heard(Event::by_hand, "web1"));
    scene.keeping = true;
    scene.seconds(1);
    CHECK(scene.heard(Event::by_hand, "web1"));
    REQUIRE(scene.hold("web1") != nullptr);
    CHECK(scene.hold("web1")->by == Provenance::person);
  }
}

TEST_CASE("a file does not make ours what a person did in rounds that are not kept") {
  Unwritten scene;
  scene.leave_a_tombstone();
  scene.keeping = false;
  scene.drain_by_hand("web1");
  scene.seconds(2);
  scene.haproxy.save();
  scene.seconds(2);
  scene.haproxy.restart(FakeHAProxy::File::newest);
  scene.seconds(3);
  scene.keeping = true;
  scene.seconds(10);
  CHECK(scene.server("web1").admin == kForcedDrain);
  CHECK(scene.hold("web1")->unclear);
  CHECK(scene.heard(Event::unclear, "web1"));
}

TEST_CASE("a steward that was away was so, too, if its first round is not kept") {
  for (const int lost : {0, 1, 3}) {
    Unwritten scene;
    scene.leave_a_tombstone();
    const Time looked = scene.now;
    const std::string epoch = scene.sight().epoch();
    scene.idle(1800s);
    scene.drain_by_hand("web1");
    scene.idle(60s);
    scene.haproxy.save();
    scene.idle(5s);
    scene.haproxy.restart(FakeHAProxy::File::newest);
    scene.idle(20s);
    scene.look();
    scene.begin_again();
    scene.book.witness("lb1").resume(looked, epoch, "");
    scene.seconds_without_room(lost);
    scene.seconds(10);
    CHECK(scene.server("web1").admin == kForcedDrain);
    CHECK(scene.hold("web1")->unclear);
  }
}

TEST_CASE("what was told before a round that is not kept is ours still") {
  Unwritten scene;
  scene.seconds(3);
  const auto report = scene.fire("Sick", "web1");
  const auto steps = scene.compare();
  REQUIRE(steps.size() == 1);
  scene.haproxy.apply(steps[0]);
  scene.look();
  scene.seconds_without_room(3);
  scene.seconds(1);
  CHECK(scene.only(report).phase == Phase::active);
  CHECK_FALSE(scene.heard(Event::by_hand, "web1"));
  scene.resolve("Sick", "web1");
  scene.seconds(5);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("a check that a round saw is a fact, kept or not") {
  Unwritten scene;
  scene.seconds(3);
  scene.haproxy.touch(scene.server("web1"), {Verb::state_maint});
  scene.seconds_without_room(1);
  scene.server("web1").alive = false;
  scene.server("web1").hangs = true;
  scene.haproxy.touch(scene.server("web1"), {Verb::state_ready});
  scene.seconds_without_room(1);
  CHECK_FALSE(scene.book.witness("lb1").fresh({"web", "web1"}));
  scene.seconds(1);
  CHECK_FALSE(scene.book.witness("lb1").fresh({"web", "web1"}));
}

TEST_CASE("a process that was seen young in a round that is not kept is one that hurried") {
  Witness witness;
  const Limits limits;
  Scene scene(1);
  const auto look = [&](std::chrono::seconds later) {
    scene.idle(later);
    witness.look(scene.haproxy.view(scene.now), limits);
  };
  look(100s);
  witness.keep();
  for (const auto lives : {1s, 60s}) {
    scene.haproxy.restart(FakeHAProxy::File::newest);
    look(lives);
  }
  CHECK(witness.hurried());
  CHECK(witness.missed());
  CHECK(witness.before() == nullptr);
  scene.haproxy.restart(FakeHAProxy::File::newest);
  look(5s);
  CHECK(witness.hurried());
  witness.keep();
  look(1s);
  CHECK_FALSE(witness.missed());
  REQUIRE(witness.before() != nullptr);
  CHECK(witness.before()->read_at() == scene.now - 1s);
}
