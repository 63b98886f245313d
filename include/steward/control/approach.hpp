// How a setting gets where it is to be: the safe return from maintenance, agents that would undo
// it, pauses after failures; and the commands, with the hold that makes them ours. Pure.
#pragma once

#include <optional>
#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/step.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// One round of one instance. All that is referred to must outlive it.
class Approach {
 public:
  Approach(Draft& draft, const World& world, const View& view)
      : draft_(draft), world_(world), view_(view) {}

  // What to set next on the way to a looser value; nothing: wait. HAProxy calls a server that
  // leaves maintenance UP before any check has run; so, if it is to return safely and has checks,
  // it goes through drain until one has ended. An agent that was off must have answered.
  [[nodiscard]] std::optional<Value> next(const ServerRef& target, const stats::ServerState& server,
                                          const Value& aim);
  // False while the pause after a failure lasts, or an earlier command may still come.
  [[nodiscard]] bool may_tell(const ServerRef& target, Setting aspect) const;
  // Adds the commands, and the hold that says so.
  void tell(const ServerRef& target, const stats::ServerState& server, const Value& value);
  // Agents off before what they would undo, and on again when nobody wishes it any more. One that
  // keeps its server down stays: HAProxy would call the server UP.
  void tell_agents();
  // Whether the server's agent is off by us, so that it may be let on; until it has answered nobody
  // knows what it says.
  [[nodiscard]] bool may_let_agent_on(const ServerRef& target,
                                      const stats::ServerState& server) const;

  [[nodiscard]] std::vector<Step> take() { return std::move(steps_); }

 private:
  [[nodiscard]] const Hold* hold_of(const ServerRef& target, Setting aspect) const;
  [[nodiscard]] bool joins_unchecked(const ServerRef& target,
                                     const stats::ServerState& server) const;
  [[nodiscard]] bool pins_down(const ServerRef& target) const;
  [[nodiscard]] bool returns_safely(const ServerRef& target) const;
  [[nodiscard]] bool awaits_check(const ServerRef& target, const stats::ServerState& server) const;
  [[nodiscard]] bool awaits_agent(const ServerRef& target, const stats::ServerState& server) const;
  bool begins_ramp(const ServerRef& target, const stats::ServerState& server);
  void say_again(const Hold& hold) const;
  void pin_health_again(const ServerRef& target);
  void tell_agent(const ServerRef& target, const stats::ServerState& server);

  Draft& draft_;
  const World& world_;
  const View& view_;
  std::vector<Step> steps_;
};

}  // namespace steward::control
