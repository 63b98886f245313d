#include "steward/control/rolling.hpp"

#include <algorithm>
#include <utility>

#include "steward/control/fail_open.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/rollout_step.hpp"

namespace steward::control {
namespace {

bool all_are(const Rollout& rollout, StepStage stage) {
  return std::ranges::all_of(rollout.steps,
                             [&](const RolloutStep& step) { return step.stage == stage; });
}

const RolloutStep* failed_one(const Rollout& rollout) {
  const auto found = std::ranges::find(rollout.steps, StepStage::failed, &RolloutStep::stage);
  return found == rollout.steps.end() ? nullptr : &*found;
}

class Rolling {
 public:
  Rolling(Draft& draft, const World& world, const View& view, Rollout rollout,
          std::vector<Step>& orders)
      : draft_(draft), world_(world), view_(view), rollout_(std::move(rollout)), orders_(orders) {}

  void run() {
    if (rollout_.phase == RolloutPhase::paused) return;
    const Rollout was = rollout_;
    for (RolloutStep& step : rollout_.steps) {
      if (busy(step.stage)) turn(step).advance();
    }
    if (rollout_.phase == RolloutPhase::running) go_on();
    if (rollout_.phase == RolloutPhase::finishing) finish();
    if (rollout_.phase == RolloutPhase::rolling_back) end_rollback();
    if (rollout_ != was) draft_.put(rollout_);
  }

 private:
  StepTurn turn(RolloutStep& step) { return {draft_, world_, view_, rollout_, step, orders_}; }

  void go_on() {
    if (const RolloutStep* failed = failed_one(rollout_)) return give_up(*failed);
    if (all_are(rollout_, StepStage::done)) return begin_finish();
    auto under_way = static_cast<std::size_t>(std::ranges::count_if(
        rollout_.steps, [](const RolloutStep& step) { return busy(step.stage); }));
    if (is_short()) return;
    for (RolloutStep* step : idle_first()) {
      if (under_way >= rollout_.terms.max_parallel) return;
      turn(*step).begin();
      if (step->stage == StepStage::waiting) return;  // a guard says no: nor would the next one do
      ++under_way;
    }
  }

  // No step begins while fail open has to help out.
  [[nodiscard]] bool is_short() const {
    return std::ranges::any_of(rollout_.instances, [&](const std::string& instance) {
      return is_open(draft_.book(), instance, rollout_.backend);
    });
  }

  // Servers that do not serve come first: to replace or to repair them takes nothing.
  std::vector<RolloutStep*> idle_first() {
    std::vector<RolloutStep*> waiting;
    for (RolloutStep& step : rollout_.steps) {
      if (step.stage == StepStage::waiting) waiting.push_back(&step);
    }
    std::ranges::stable_sort(waiting, {},
                             [&](RolloutStep* step) { return turn(*step).out_is_idle() ? 0 : 1; });
    return waiting;
  }

  // A step may have been done long ago, and a HAProxy be away just now.
  void begin_finish() {
    rollout_.detail = not_serving();
    if (!rollout_.detail.empty()) return;
    rollout_.phase = RolloutPhase::finishing;  // without a line: its steps have theirs
    for (RolloutStep& step : rollout_.steps) turn(step).remove();
  }

  std::string not_serving() {
    for (RolloutStep& step : rollout_.steps) {
      if (step.in.empty()) continue;
      if (auto why = turn(step).not_serving(); !why.empty()) {
        return "nothing old is removed before all that is new serves: " + why;
      }
    }
    return {};
  }

  void finish() {
    const RolloutStep* failed = failed_one(rollout_);
    const bool ended = std::ranges::none_of(
        rollout_.steps, [](const RolloutStep& step) { return busy(step.stage); });
    if (!ended) return;
    if (failed == nullptr) return end(RolloutPhase::done, Event::rollout_done, "");
    end(RolloutPhase::failed, Event::rollout_failed, failed->detail);
  }

  void give_up(const RolloutStep& failed) {
    const std::string why = fmt::format("{}: {}", failed.out, failed.detail);
    if (rollout_.terms.rollback) {
      return start_rollback(why);
    }
    end(RolloutPhase::failed, Event::rollout_failed, why + "; nothing was rolled back");
  }

 public:
  void start_rollback(const std::string& why, const Caller* caller = nullptr) {
    Lifecycle(draft_, world_, caller)
        .enter(rollout_, RolloutPhase::rolling_back, Event::rollout_rolling_back, why);
    for (RolloutStep& step : rollout_.steps) turn(step).undo();
  }
  [[nodiscard]] const Rollout& rollout() const { return rollout_; }

 private:
  void end_rollback() {
    if (std::ranges::any_of(rollout_.steps,
                            [](const RolloutStep& step) { return busy(step.stage); })) {
      return;
    }
    const RolloutStep* failed = failed_one(rollout_);
    if (failed == nullptr) {
      return end(RolloutPhase::rolled_back, Event::rollout_rolled_back, rollout_.detail);
    }
    const std::string why = fmt::format("{}: {}", failed->out, failed->detail);
    end(RolloutPhase::failed, Event::rollout_failed,
        why == rollout_.detail ? why : fmt::format("{}; and {}", rollout_.detail, why));
  }

  void end(RolloutPhase phase, Event event, std::string detail) {
    Lifecycle(draft_, world_).enter(rollout_, phase, event, std::move(detail));
  }

  Draft& draft_;
  const World& world_;
  const View& view_;
  Rollout rollout_;
  std::vector<Step>& orders_;
};

}  // namespace

void advance_rollouts(Draft& draft, const World& world, const View& view,
                      std::vector<Step>& steps) {
  std::vector<Rollout> all;
  for (const auto& [id, each] : draft.book().rollouts()) {
    if (live(each.phase)) all.push_back(each);
  }
  for (Rollout& each : all) Rolling(draft, world, view, std::move(each), steps).run();
}

void roll_back(Draft& draft, const World& world, Rollout rollout, const std::string& why,
               const Caller* caller) {
  static const View nothing("", {}, {}, {}, nullptr);
  std::vector<Step> none;
  Rolling rolling(draft, world, nothing, std::move(rollout), none);
  rolling.start_rollback(why, caller);
  draft.put(rolling.rollout());
}

}  // namespace steward::control
