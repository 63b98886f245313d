#include "steward/control/rolling.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "control/scene.hpp"
#include "steward/control/rollout_requests.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

struct Rolled : Scene {
  explicit Rolled(std::vector<RolloutRequest::Pair> pairs, RolloutTerms terms = quick(),
                  const std::function<void(Scene&)>& before = {})
      : Scene(4) {
    if (before) before(*this);
    settle();
    id = ask([&](Draft& draft, const World& at) {
           return start_rollout(draft, at, {{}, "web", std::move(pairs), terms, ""}, caller);
         })
             .value()
             .id;
  }
  static RolloutTerms quick() {
    RolloutTerms terms;
    terms.soak = 2s;
    terms.drain_timeout = 10s;
    terms.health_timeout = 10s;
    return terms;
  }
  static RolloutTerms with(std::optional<double> max_5xx, bool approval = false) {
    RolloutTerms terms = quick();
    terms.max_5xx = max_5xx;
    terms.approval = approval;
    return terms;
  }
  [[nodiscard]] const Rollout& it() const { return *book.rollout(id); }
  [[nodiscard]] const RolloutStep& step(std::size_t i) const { return it().steps.at(i); }
  void change(RolloutChange what) {
    ask([&](Draft& draft, const World& at) {
      return change_rollout(draft, at, Rollout(it()), what, "", "", caller);
    });
  }
  // Seconds, until it ends; at no time may fewer servers be usable.
  void run(int seconds, std::size_t floor = 3) {
    for (int i = 0; i < seconds && live(it().phase); ++i) {
      pass(1s);
      CHECK(usable_servers() >= floor);
    }
  }
  // Until a step is there.
  void run_to(std::size_t i, StepStage stage) {
    for (int n = 0; n < 30 && step(i).stage != stage; ++n) pass(1s);
    REQUIRE(step(i).stage == stage);
  }
  [[nodiscard]] bool there(const char* name) const {
    return haproxy.backends.at("web").contains(name);
  }
  std::string id;
};

const std::vector<RolloutRequest::Pair> kCycle{{"web1", "", ""}, {"web2", "", ""}};
const std::vector<RolloutRequest::Pair> kReplace{{"web1", "new1", "10.0.0.1:80"},
                                                 {"web2", "new2", "10.0.0.2:80"}};

}  // namespace

TEST_CASE("servers are cycled one after the other, and all serve at the end") {
  Rolled scene(kCycle);
  scene.run(60);
  CHECK(scene.it().phase == RolloutPhase::done);
  CHECK(scene.usable_servers() == 4);
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("servers are replaced, and never fewer serve than before") {
  Rolled scene(kReplace);
  scene.run(60, 4);
  CHECK(scene.it().phase == RolloutPhase::done);
  CHECK(scene.usable_servers() == 4);
  CHECK_FALSE(scene.there("web1"));
  CHECK(scene.there("new2"));
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("after a reload nothing old is removed before what is new serves again") {
  const bool at_the_end = GENERATE(true, false);
  std::vector<RolloutRequest::Pair> pairs;
  for (int i = 1; i <= 4; ++i) {
    pairs.push_back(
        {fmt::format("web{}", i), fmt::format("new{}", i), fmt::format("10.0.0.{}:80", i)});
  }
  Rolled scene(pairs);
  for (int i = 0; i < 120 && scene.it().phase != RolloutPhase::finishing; ++i) scene.pass(1s);
  if (at_the_end) scene.run(60, 4);
  REQUIRE((scene.it().phase == RolloutPhase::done) == at_the_end);
  scene.haproxy.reload();
  for (int i = 0; i < 90; ++i) {
    scene.pass(1s);
    CHECK(scene.usable_servers() >= 2);
  }
  CHECK(scene.usable_servers() == 4);
  CHECK(scene.it().phase == RolloutPhase::done);
  for (const char* old : {"web1", "web2", "web3", "web4"}) CHECK_FALSE(scene.there(old));
}

TEST_CASE("so many at once, as far as the guards allow") {
  RolloutTerms terms = Rolled::quick();
  terms.max_parallel = 4;
  terms.drain_timeout = 60s;
  Rolled scene({{"web1", "", ""}, {"web2", "", ""}, {"web3", "", ""}, {"web4", "", ""}}, terms);
  scene.run(60, 2);
  CHECK(scene.it().phase == RolloutPhase::done);
}

TEST_CASE("a guard that never lets a step begin ends the rollout") {
  Rolled scene(kCycle);
  scene.policy.limits.defaults.min_available_count = 4;
  scene.run(60, 4);
  CHECK(scene.it().phase == RolloutPhase::rolled_back);
  CHECK(scene.it().detail.find("min_available") != std::string::npos);
}

TEST_CASE("a new server that gets no better brings the old ones back") {
  Rolled scene(kReplace);
  scene.run_to(0, StepStage::done);
  scene.haproxy.dead_on_arrival = true;
  scene.run(60, 3);
  CHECK(scene.it().phase == RolloutPhase::rolled_back);
  CHECK(scene.there("web1"));
  CHECK_FALSE(scene.there("new1"));
  CHECK_FALSE(scene.there("new2"));
  CHECK(scene.usable_servers() == 4);
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("a new server that goes down while it soaks brings the old one back") {
  Rolled scene(kReplace);
  scene.run_to(0, StepStage::soaking);
  scene.server("new1").alive = false;
  scene.run(60, 3);
  CHECK(scene.it().phase == RolloutPhase::rolled_back);
  CHECK(scene.it().detail == "web1: new1 went down in lb1 while it soaked");
  CHECK_FALSE(scene.there("new1"));
  CHECK(scene.usable_servers() == 4);
}

TEST_CASE("nothing old is removed while a new server is down, however long ago it was done") {
  Rolled scene(kReplace);
  scene.run_to(1, StepStage::soaking);
  scene.server("new1").alive = false;
  for (int i = 0; i < 20; ++i) scene.pass(1s);
  CHECK(scene.it().phase == RolloutPhase::running);
  CHECK(scene.it().detail.ends_with("new1 is down in lb1"));
  CHECK(scene.there("web1"));
  CHECK(scene.there("web2"));
  scene.server("new1").alive = true;
  scene.run(60, 3);
  CHECK(scene.it().phase == RolloutPhase::done);
  CHECK(scene.it().detail.empty());
  CHECK_FALSE(scene.there("web1"));
}

TEST_CASE("nothing old is removed while one of its HAProxies cannot be read") {
  Rolled scene(kReplace);
  scene.run_to(1, StepStage::soaking);
  Rollout everywhere = scene.it();
  for (RolloutStep& step : everywhere.steps) step.stage = StepStage::done;
  everywhere.instances.emplace_back("lb2");
  const View view = scene.haproxy.view(scene.now);
  const std::map<std::string, Sight, std::less<>> sights{{"lb1", {&view, ""}},
                                                         {"lb2", {nullptr, "it reloads"}}};
  const World base = scene.world();
  const World world{base.policy, sights, base.paused, base.now, base.new_id};
  Draft draft(scene.book);
  draft.put(everywhere);
  std::vector<Step> steps;
  advance_rollouts(draft, world, view, steps);
  CHECK(scene.it().phase == RolloutPhase::running);
}

TEST_CASE("too large a share of 5xx while it soaks ends it; few answers say nothing") {
  const std::uint64_t answers = GENERATE(10U, 1000U);
  Rolled scene(kReplace, Rolled::with(5));
  scene.run_to(0, StepStage::soaking);
  scene.server("new1").answers += answers;
  scene.server("new1").answers_5xx += answers / 10;
  scene.run(60, 3);
  CHECK(scene.it().phase == (answers > 20 ? RolloutPhase::rolled_back : RolloutPhase::done));
}

TEST_CASE("a server that was cycled and is no good is drained, and a person told") {
  Rolled scene(kCycle, Rolled::with(5));
  scene.run_to(0, StepStage::soaking);
  scene.server("web1").answers += 100;
  scene.server("web1").answers_5xx += 50;
  scene.run(60);
  CHECK(scene.it().phase == RolloutPhase::failed);
  CHECK(scene.it().detail.find("50.0%") != std::string::npos);
  scene.pass(1s);
  CHECK(scene.server("web1").admin == stats::forced_drain);
  CHECK(scene.server("web2").admin == 0);
}

TEST_CASE("sessions that do not end in time end the rollout, or are cut") {
  const bool cut = GENERATE(false, true);
  RolloutTerms terms = Rolled::quick();
  terms.cut = cut;
  Rolled scene(kCycle, terms);
  scene.server("web1").sessions = 3;
  scene.run(80);
  CHECK(scene.it().phase == (cut ? RolloutPhase::done : RolloutPhase::rolled_back));
  CHECK(scene.usable_servers() == 4);
}

TEST_CASE("a step waits in maintenance until it is approved") {
  Rolled scene(kCycle, Rolled::with(std::nullopt, true));
  scene.run_to(0, StepStage::approval);
  for (int i = 0; i < 20; ++i) scene.pass(1s);
  CHECK(scene.step(0).stage == StepStage::approval);
  CHECK(scene.server("web1").admin == stats::forced_maint);
  scene.change(RolloutChange::approve);
  scene.run_to(0, StepStage::done);
  scene.run_to(1, StepStage::approval);
}

TEST_CASE("a restart of HAProxy while somebody has to approve costs nothing but time") {
  Rolled scene(kCycle, Rolled::with({}, true));
  scene.run_to(0, StepStage::approval);
  for (int i = 0; i < 20; ++i) scene.pass(1s);
  scene.haproxy.reload();
  for (int i = 0; i < 20; ++i) scene.pass(1s);
  CHECK(scene.step(0).stage == StepStage::approval);
  CHECK(scene.server("web1").admin == stats::forced_maint);
}

TEST_CASE("a rollout that is paused does nothing, and then goes on") {
  Rolled scene(kCycle);
  scene.run_to(0, StepStage::soaking);
  scene.change(RolloutChange::pause);
  for (int i = 0; i < 60; ++i) scene.pass(1s);
  CHECK(scene.step(0).stage == StepStage::soaking);
  scene.change(RolloutChange::resume);
  scene.run(60);
  CHECK(scene.it().phase == RolloutPhase::done);
}

TEST_CASE("a rollout that is aborted at any time leaves what was before") {
  for (const auto& pairs : {kCycle, kReplace}) {
    for (int seconds = 0; seconds < 14; ++seconds) {
      CAPTURE(seconds, pairs.front().in);
      Rolled scene(pairs);
      for (int i = 0; i < seconds; ++i) scene.pass(1s);
      const bool finishing = scene.it().phase != RolloutPhase::running;
      scene.change(RolloutChange::abort);
      scene.run(60, 3);
      if (finishing) continue;
      CHECK(scene.it().phase == RolloutPhase::rolled_back);
      CHECK(scene.usable_servers() == 4);
      CHECK(scene.there("web1"));
      CHECK_FALSE(scene.there("new1"));
      CHECK(scene.book.live_count() == 0);
    }
  }
}

TEST_CASE("a rollout goes on after a reload of HAProxy, and in a steward that starts anew") {
  for (const auto& pairs : {kCycle, kReplace}) {
    for (int seconds = 1; seconds < 14; ++seconds) {
      CAPTURE(seconds, pairs.front().in);
      Rolled scene(pairs);
      for (int i = 0; i < seconds; ++i) scene.pass(1s);
      scene.haproxy.reload();
      scene.book = scene.reloaded();
      scene.run(80, 2);
      CHECK(scene.it().phase == RolloutPhase::done);
      for (int i = 0; i < 5; ++i) scene.pass(1s);
      CHECK(scene.usable_servers() == 4);
      CHECK(scene.there("new1") == (scene.step(0).in == "new1"));
    }
  }
}

TEST_CASE("without rollback a rollout stops where it failed") {
  RolloutTerms terms = Rolled::quick();
  terms.rollback = false;
  Rolled scene(kReplace, terms);
  scene.haproxy.dead_on_arrival = true;
  scene.run(60, 4);
  CHECK(scene.it().phase == RolloutPhase::failed);
  CHECK(scene.it().detail.ends_with("nothing was rolled back"));
}

TEST_CASE("a server that somebody has taken out of service is cycled, and left as it was") {
  const auto admin =
      GENERATE(0U, std::uint32_t{stats::forced_maint}, std::uint32_t{stats::forced_drain});
  Rolled scene(kCycle, Rolled::quick(), [&](Scene& before) {
    before.server("web1").admin = admin;
    if (admin == 0) before.server("web1").weight = 0;
  });
  scene.run(60, 2);
  CHECK(scene.it().phase == RolloutPhase::done);
  CHECK(scene.server("web1").admin == admin);
  CHECK(scene.usable_servers() == 3);
}

TEST_CASE("a server that was down is cycled, and has to be better then") {
  const bool heals = GENERATE(false, true);
  Rolled scene(kCycle, Rolled::with(std::nullopt, true), [](Scene& before) {
    before.server("web1").alive = false;
    before.haproxy.check_all();
  });
  scene.run_to(0, StepStage::approval);
  scene.server("web1").alive = heals;
  scene.change(RolloutChange::approve);
  if (heals) return scene.run_to(1, StepStage::approval);
  scene.run(60, 2);
  CHECK(scene.it().phase == RolloutPhase::failed);
  CHECK(scene.it().detail == "web1: web1 is down in lb1");
}

TEST_CASE("an old server that did not serve before is not waited for when it is taken back") {
  const bool down = GENERATE(false, true);
  Rolled scene(kReplace, Rolled::quick(), [&](Scene& before) {
    if (down) before.server("web1").alive = false;
    if (!down) before.server("web1").admin = stats::forced_maint;
    before.haproxy.check_all();
  });
  scene.run_to(0, StepStage::soaking);
  scene.server("new1").alive = false;
  scene.haproxy.check_all();
  scene.run(60, 2);
  CHECK(scene.it().phase == RolloutPhase::rolled_back);
  CHECK_FALSE(scene.there("new1"));
}

TEST_CASE("a rollout that waits for a guard of the second HAProxy says nothing to the audit") {
  Scene scene;
  FakeHAProxy other;
  other.backends["web"]["web1"] = {};
  const View first = scene.haproxy.view(scene.now), second = other.view(scene.now, "lb2");
  const std::map<std::string, Sight, std::less<>> sights{{"lb1", {&first, ""}},
                                                         {"lb2", {&second, ""}}};
  const World base = scene.world();
  const World world{base.policy, sights, base.paused, base.now, base.new_id};
  Draft draft(scene.book);
  REQUIRE(start_rollout(draft, world, {{}, "web", {kCycle[0]}, {}, ""}, scene.caller));
  std::vector<Step> steps;
  const std::size_t before = draft.changes().audit.size();
  for (int i = 0; i < 3; ++i) advance_rollouts(draft, world, first, steps);
  CHECK(draft.changes().audit.size() == before);
  CHECK(draft.changes().overrides.empty());
  CHECK(scene.book.rollouts().begin()->second.steps[0].detail.starts_with("waits for a guard"));
}

TEST_CASE("a person who drains a server of a rollout, too, does not end it") {
  Rolled scene(kCycle, Rolled::with(std::nullopt, true));
  scene.run_to(0, StepStage::approval);
  CHECK(scene.act({Setting::state, kMaint}, "web1").outcomes[0].did == Did::created);
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.step(0).stage == StepStage::approval);
}
