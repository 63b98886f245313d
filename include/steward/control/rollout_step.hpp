// One server's part of a rollout. Pure.
#pragma once

#include <string>
#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/step.hpp"
#include "steward/control/step_sight.hpp"
#include "steward/control/taking_out.hpp"

namespace steward::control {

// One step in one round: works on a copy, and leaves in it what became of it.
class StepTurn {
 public:
  StepTurn(Draft& draft, const World& world, const View& view, const Rollout& rollout,
           RolloutStep& step, std::vector<Step>& orders)
      : draft_(draft),
        world_(world),
        view_(view),
        rollout_(rollout),
        step_(step),
        orders_(orders),
        sight_(draft.book(), world, view, rollout, step) {}

  void begin();    // of one that waits; the guards may make it wait longer
  void advance();  // of a busy one
  void remove();   // the old server, when all that is new serves
  void undo();     // whatever was done
  // Whether the server that is cycled or replaced serves nowhere.
  [[nodiscard]] bool out_is_idle() const { return sight_.out_is_idle(); }
  // Why what is to serve does not, somewhere; empty: it does.
  [[nodiscard]] std::string not_serving() const { return sight_.not_serving(sight_.serving()); }

 private:
  void adding();
  void draining();
  void approval();
  void returning();
  void soaking();
  void removing();
  void undoing();

  void enter(StepStage stage, std::string detail = {});
  void fail_soaking(const std::string& why);
  void fail(const std::string& why) { enter(StepStage::failed, why); }
  void take_old_out();
  void rest_then(StepStage stage);
  void cut_sessions();
  void cut_here();  // in the instance of this view
  void bring_old_back(const std::string& why);
  void remove_new();
  void wait_to_remove(const Refusal& refusal);
  [[nodiscard]] Outage outage(const std::string& instance, const std::string& why) const;
  [[nodiscard]] bool overdue(std::chrono::milliseconds patience) const {
    return world_.now - step_.since > patience;
  }
  [[nodiscard]] ServerRef at(const std::string& instance, const std::string& server) const {
    return {instance, rollout_.backend, server};
  }
  [[nodiscard]] Caller asker() const;

  Draft& draft_;
  const World& world_;
  const View& view_;
  const Rollout& rollout_;
  RolloutStep& step_;
  std::vector<Step>& orders_;
  const StepSight sight_;
};

}  // namespace steward::control
