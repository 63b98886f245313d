// An alert whose rule was changed has two overrides for a while: to everybody else they are one.
#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

// web1 is drained by an alert whose rule sets maint now, while automation is paused.
struct Edited : Scene {
  Edited() {
    seconds(5);
    first = only(fire("Sick", "web1")).id;
    seconds(2);
    paused = "deploy";
    edit_rule("Sick", {Setting::state, kMaint});
    seconds(2);
  }
  void resume() {
    paused.reset();
    seconds(5);
  }
  std::string first;
};

}  // namespace

TEST_CASE("what a person releases of an edited rule's is released whole") {
  Edited scene;
  REQUIRE(scene.book.live_count() == 2);
  scene.release(scene.first);
  scene.seconds(2);
  scene.resume();
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.book.live_count() == 0);
  CHECK(scene.fire("Sick", "web1").outcomes.at(0).did == Did::ignored);
}

TEST_CASE("what a person undoes at HAProxy of an edited rule's is undone whole") {
  Edited scene;
  scene.haproxy.touch(scene.server("web1"), {Verb::state_ready});
  scene.seconds(2);
  scene.resume();
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.fire("Sick", "web1").outcomes.at(0).did == Did::ignored);
}

TEST_CASE("a repeated alert renews what its rule did before, and a resolved one ends both") {
  Edited scene;
  scene.pass(90min);
  scene.fire("Sick", "web1");
  CHECK(scene.book.find(scene.first)->expires > scene.now + 50min);
  scene.resolve("Sick", "web1");
  scene.seconds(5);
  CHECK(scene.book.live_count() == 0);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("the value before ends when the new one is in force") {
  Edited scene;
  scene.resume();
  CHECK(scene.server("web1").admin == stats::forced_maint);
  CHECK(scene.book.live_count() == 1);
  CHECK(scene.book.find(scene.first)->end == End::superseded);
}

TEST_CASE("an edited rule is judged anew once, however often the configuration is read") {
  Edited scene;
  scene.edit_rule("Sick", {Setting::state, kMaint});
  scene.edit_rule("Sick", {Setting::state, kMaint});
  CHECK(scene.book.live_count() == 2);
  scene.edit_rule("Sick", {Setting::state, kDrain});
  scene.resume();
  CHECK(scene.book.live_count() == 1);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("an alert whose rule may not be obeyed any more keeps what is in force for it") {
  Scene scene;
  scene.caller = {{"am", Role::operator_, {}, {Action::drain}}, "r", "s"};
  const std::string first = scene.only(scene.fire("Sick", "web1")).id;
  scene.seconds(2);
  scene.paused = "deploy";
  scene.edit_rule("Sick", {Setting::state, kMaint});
  scene.pass(30min);
  CHECK(scene.fire("Sick", "web1").outcomes.at(0).guard == Guard::forbidden);
  CHECK(scene.book.find(first)->expires > scene.now + 50min);
}

TEST_CASE("a rule in shadow mode that comes first ends what those after it did") {
  Scene scene;
  scene.fire("Sick", "web1");
  scene.seconds(2);
  Rule first = Scene::rule("Sick", {Setting::weight, 50, true});
  first.name = "First";
  first.mode = Mode::shadow;
  scene.policy.rules.insert(scene.policy.rules.begin(), first);
  scene.fire("Sick", "web1");
  scene.seconds(5);
  CHECK(scene.book.live_count() == 0);
  CHECK(scene.server("web1").admin == 0);
}

TEST_CASE("what a person undoes of a rule's that is looser now is undone whole") {
  Scene scene;
  scene.seconds(5);
  scene.fire("Broken", "web1");
  scene.seconds(2);
  scene.paused = "deploy";
  scene.edit_rule("Broken", {Setting::state, kDrain});
  scene.seconds(2);
  REQUIRE(scene.book.live_count() == 2);
  scene.haproxy.touch(scene.server("web1"), {Verb::state_ready});
  scene.seconds(2);
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("an edited rule is judged anew beside another alert's newer wish") {
  Scene scene;
  scene.policy.rules.push_back(Scene::rule("Other", {Setting::state, kDrain}));
  scene.fire("Sick", "web1");
  scene.fire("Other", "web1");
  scene.seconds(3);
  scene.edit_rule("Sick", {Setting::state, kMaint});
  scene.seconds(3);
  CHECK(scene.server("web1").admin == stats::forced_maint);
}

TEST_CASE("an alert that fires again within its min_hold keeps what its rule did before") {
  Scene scene;
  for (Rule& rule : scene.policy.rules) rule.min_hold = 10min;
  const std::string first = scene.only(scene.fire("Sick", "web1")).id;
  scene.seconds(2);
  scene.paused = "deploy";
  scene.edit_rule("Sick", {Setting::state, kMaint});
  scene.resolve("Sick", "web1");
  scene.pass(3min);
  scene.fire("Sick", "web1", Time{2s});
  scene.pass(20min);
  CHECK(scene.book.find(first)->phase == Phase::active);
  CHECK(scene.server("web1").admin == stats::forced_drain);
}

TEST_CASE("what a person undoes of an alert that was resolved leaves alone what it made since") {
  Scene scene;
  scene.seconds(5);
  scene.fire("Sick", "web1");
  scene.seconds(2);
  scene.paused = "deploy";
  scene.resolve("Sick", "web1");
  const std::string again = scene.only(scene.fire("Sick", "web1", Time{2s})).id;
  scene.haproxy.touch(scene.server("web1"), {Verb::state_maint});
  scene.seconds(2);
  CHECK(scene.book.find(again)->phase == Phase::pending);
}
