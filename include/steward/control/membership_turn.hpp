// What the two ways of a membership, joining and parting, have in common.
#pragma once

#include <string>
#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/step.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// One membership in one round.
class MembershipTurn {
 public:
  // `done`: what was told since the last round about it, or null.
  MembershipTurn(Draft& draft, const World& world, const View& view, const Done* done,
                 const Membership& membership, std::vector<Step>& steps)
      : draft_(draft), world_(world), view_(view), done_(done), now_(membership), steps_(steps) {}

 protected:
  [[nodiscard]] const stats::ServerState* server() const {
    return view_.find({now_.target.backend, now_.target.server});
  }
  [[nodiscard]] bool overdue() const { return world_.now >= now_.deadline; }
  [[nodiscard]] bool same_process() const { return now_.epoch == view_.epoch(); }
  [[nodiscard]] const Book::Shelf* shelf() const { return draft_.book().shelf(now_.target); }
  // What is still being done about a setting; null: nothing is.
  [[nodiscard]] const Hold* hold(Setting aspect) const;
  // HAProxy answered what it was told in this round.
  [[nodiscard]] bool answered() const { return done_ != nullptr && done_->heard; }

  // The address of the server that is there, "10.0.0.9:8080".
  [[nodiscard]] std::string there() const;
  // "HAProxy says: …", and what it takes, if it is too old.
  [[nodiscard]] std::string refusal() const;

  void enter(Stage stage, std::string detail = {});
  void wait(std::string detail);  // nothing to do yet; `detail` says for what
  // Tells HAProxy, unless it was told lately.
  void tell(std::vector<Command> commands);
  void begin_again(Stage stage);  // after a reload
  void forget_server();           // its holds are of one that is gone: a file may bring them back
  // Everybody's: what comes under its name is another server.
  void end_wishes(const std::string& why);

  Draft& draft_;
  const World& world_;
  const View& view_;
  const Done* done_;
  Membership now_;
  std::vector<Step>& steps_;
};

}  // namespace steward::control
