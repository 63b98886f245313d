#include "steward/control/rolling.hpp"

#include <algorithm>
#include <utility>

#include "steward/control/records.hpp"
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
    for (RolloutStep& step : rollout_.steps) {
      if (under_way >= rollout_.terms.max_parallel) return;
      if (step.stage != StepStage::waiting) continue;
      turn(step).begin();
      if (step.stage == StepStage::waiting) return;  // a guard says no: nor would the next one do
      ++under_way;
    }
  }

  // A step may have been done long ago, and a HAProxy be away just now.
  void begin_finish() {
    rollout_.detail = not_serving();
    if (!rollout_.detail.empty()) return;
    rollout_.phase = RolloutPhase::finishing;
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
    end(failed == nullptr ? RolloutPhase::done : RolloutPhase::failed,
        failed == nullptr ? "" : failed->detail);
  }

  void give_up(const RolloutStep& failed) {
    const std::string why = fmt::format("{}: {}", failed.out, failed.detail);
    if (rollout_.terms.rollback) {
      return start_rollback(why);
    }
    end(RolloutPhase::failed, why + "; nothing was rolled back");
  }

 public:
  void start_rollback(const std::string& why, const Caller* caller = nullptr) {
    rollout_.phase = RolloutPhase::rolling_back;
    rollout_.detail = why;
    draft_.record(record_of("rollout_rolling_back", rollout_, world_.now, caller));
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
    if (failed == nullptr) return end(RolloutPhase::rolled_back, rollout_.detail);
    const std::string why = fmt::format("{}: {}", failed->out, failed->detail);
    end(RolloutPhase::failed,
        why == rollout_.detail ? why : fmt::format("{}; and {}", rollout_.detail, why));
  }

  void end(RolloutPhase phase, std::string detail) {
    rollout_.phase = phase;
    rollout_.detail = std::move(detail);
    rollout_.ended = world_.now;
    draft_.record(record_of(fmt::format("rollout_{}", to_string(phase)), rollout_, world_.now));
  }

  Draft& draft_;
  const World& world_;
  const View& view_;
  Rollout rollout_;
  std::vector<Step>& orders_;
};

}  // namespace

AuditRecord record_of(std::string_view event, const Rollout& rollout, Time now,
                      const Caller* caller) {
  AuditRecord line = caller == nullptr ? AuditRecord{} : record_of(event, now, *caller);
  line.time = now;
  line.event = event;
  if (line.principal.empty()) line.principal = rollout.principal;
  line.override_id = rollout.id;
  line.target = rollout.backend;
  line.setting = "rollout";
  line.after = to_string(rollout.phase);
  line.verdict = rollout.detail;
  return line;
}

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
