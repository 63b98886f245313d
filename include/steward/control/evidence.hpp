// What another process of HAProxy tells of a setting that we hold: its row, the rows beside it, the
// configuration, and what we knew of the process before. Pure.
#pragma once

#include "steward/control/baseline.hpp"
#include "steward/control/hold.hpp"
#include "steward/control/view.hpp"
#include "steward/control/witness.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// Of the first look at the new process. All that is given must outlive it.
class Evidence {
 public:
  // `wished`: an override of the setting counts.
  Evidence(const World& world, const View& view, const Hold& hold, const stats::ServerState& row,
           const Witness& witness, bool wished);

  [[nodiscard]] Verdict verdict() const;
  // Whether the configuration says something else of it than before.
  [[nodiscard]] bool edited() const { return edited_; }
  [[nodiscard]] bool file_used() const { return replaced_.file_used; }

 private:
  [[nodiscard]] Verdict landed_or(const Verdict& kept) const;
  [[nodiscard]] bool a_file_was_used() const;
  [[nodiscard]] bool was_in_hold_file() const;
  [[nodiscard]] bool may_have_landed() const;
  [[nodiscard]] Time began() const { return view_.read_at() - view_.uptime(); }

  const World& world_;
  const View& view_;
  const Hold& hold_;
  const stats::ServerState& row_;
  Replaced replaced_;
  bool edited_ = false, hurried_ = false;
};

}  // namespace steward::control
