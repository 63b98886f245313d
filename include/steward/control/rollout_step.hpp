// One server's part of a rollout. Pure.
#pragma once

#include <string>
#include <vector>

#include "steward/control/settling.hpp"

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
        orders_(orders) {}

  void begin();    // of one that waits; the guards may make it wait longer
  void advance();  // of a busy one
  void remove();   // the old server, when all that is new serves
  void undo();     // whatever was done

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
  [[nodiscard]] bool overdue(std::chrono::milliseconds patience) const {
    return world_.now - step_.since > patience;
  }
  [[nodiscard]] ServerRef at(const std::string& instance, const std::string& server) const {
    return {instance, rollout_.backend, server};
  }
  [[nodiscard]] const View* view_of(const std::string& instance) const;
  // Where it does not serve; empty: everywhere it should it does.
  [[nodiscard]] std::string not_serving(const std::string& server) const;
  // An instance where its checks say that it is down; empty: none.
  [[nodiscard]] std::string down_in(const std::string& server) const;
  [[nodiscard]] std::string why_ended() const;  // what keeps it out; empty: it has not
  [[nodiscard]] bool all_out() const;
  [[nodiscard]] std::optional<std::uint64_t> sessions() const;
  [[nodiscard]] std::vector<Answered> answered() const;
  [[nodiscard]] std::string too_many_errors() const;
  [[nodiscard]] const std::string& serving() const {
    return step_.in.empty() ? step_.out : step_.in;
  }
  [[nodiscard]] Caller asker() const;

  Draft& draft_;
  const World& world_;
  const View& view_;
  const Rollout& rollout_;
  RolloutStep& step_;
  std::vector<Step>& orders_;
};

}  // namespace steward::control
