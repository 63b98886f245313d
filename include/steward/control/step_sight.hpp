// What is seen of one server's part of a rollout, in every HAProxy that has it. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "steward/control/book.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// Questions about a step; all that is referred to must outlive it. `view` is the one that was just
// read, the other instances are seen as the world has them.
class StepSight {
 public:
  StepSight(const Book& book, const World& world, const View& view, const Rollout& rollout,
            const RolloutStep& step)
      : book_(book), world_(world), view_(view), rollout_(rollout), step_(step) {}

  // What is to serve: the new server, or the one that is cycled.
  [[nodiscard]] const std::string& serving() const {
    return step_.in.empty() ? step_.out : step_.in;
  }
  // The instances where the old server does not serve now.
  [[nodiscard]] std::vector<std::string> idle() const;
  // Whether `out` serves in none of the instances.
  [[nodiscard]] bool out_is_idle() const { return idle().size() == rollout_.instances.size(); }
  // Who else keeps `out` from serving, in words; empty: nobody.
  [[nodiscard]] std::string held_by_another() const;
  // Where a server does not serve, and why; empty: everywhere it should it does. What was out of
  // service before the rollout (step.idle) need not serve: it only must not be down.
  [[nodiscard]] std::string not_serving(const std::string& server) const;
  // An instance where its checks say that it is down; empty: none.
  [[nodiscard]] std::string down_in(const std::string& server) const;

  // What keeps the old server out is in force everywhere.
  [[nodiscard]] bool all_out() const;
  // Nothing of the rollout's keeps it out any more.
  [[nodiscard]] bool let_go() const;
  // A person may have ended what keeps it out; empty: it has not ended.
  [[nodiscard]] std::string why_ended() const;
  // Of the old server; nothing: they were not read since the step is in its stage.
  [[nodiscard]] std::optional<std::uint64_t> sessions() const;

  // Of what is to serve, by instance, so far.
  [[nodiscard]] std::vector<Answered> answered() const;
  // The numbers, if the share of 5xx since it soaks is above the limit. Too few say nothing.
  [[nodiscard]] std::string too_many_errors() const;

 private:
  [[nodiscard]] const View* view_of(const std::string& instance) const;
  [[nodiscard]] const stats::ServerState* row_of(const std::string& instance,
                                                 const std::string& server) const;
  [[nodiscard]] bool may_idle(const std::string& instance, const stats::ServerState& row) const;
  [[nodiscard]] Answered answered_since() const;

  const Book& book_;
  const World& world_;
  const View& view_;
  const Rollout& rollout_;
  const RolloutStep& step_;
};

}  // namespace steward::control
