// What became of what HAProxy was told: what has come into force, what is back, what failed. Pure.
#pragma once

#include <map>
#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/step.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// Compares one view of one HAProxy with the holds, and confirms what was sent. Nothing is told.
// Not thread-safe; all that is given must outlive it.
class ReadBack {
 public:
  // `done`: what was sent since the view before, in any order.
  ReadBack(Draft& draft, const World& world, const View& view, const std::vector<Done>& done);

  // Brings the witness and the holds up to date: what is ours, what somebody else did, whose a
  // setting is in another process of HAProxy (control/baseline.hpp).
  void look();
  // Overrides that agree with HAProxy become active, or released; what was sent and is not there is
  // an attempt, with growing pauses, and failed in the end. An attempt counts once.
  void settle();

 private:
  // The overrides of one setting of one server.
  struct Sides {
    Book::Pointers wishes;   // that count
    Book::Pointers leaving;  // that are about to end
  };

  void take_back(const Done& left_out);
  [[nodiscard]] const Done* done_for(const ServerRef& target, Setting aspect) const;
  [[nodiscard]] std::vector<ServerRef> busy() const;
  [[nodiscard]] Sides sides(const ServerRef& target, Setting aspect) const;
  void settle(const ServerRef& target, const stats::ServerState& row, Setting aspect);
  void in_force(const ServerRef& target, const stats::ServerState& row, Setting aspect,
                const Sides& both, const Done* done);
  [[nodiscard]] bool was_checked(const stats::ServerState& row) const;
  void supersede_older(const Override& override);
  [[nodiscard]] Hold hold_for(const ServerRef& target, const stats::ServerState& row,
                              Setting aspect) const;
  void count_attempt(const Hold& was, const Done& done, const stats::ServerState& row);
  [[nodiscard]] bool has_its_way(const Override& override, const stats::ServerState& row) const;
  void give_up(Hold& hold, const Sides& both, const Done& done, std::uint32_t most);

  Draft& draft_;
  const World& world_;
  const View& view_;
  const Lifecycle lifecycle_;
  std::map<ServerRef, DoneAspects> done_;
};

}  // namespace steward::control
