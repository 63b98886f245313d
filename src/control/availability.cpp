#include "steward/control/availability.hpp"

#include "steward/control/witness.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

bool has_own_checks(const ServerState& server) {
  return (server.check_state & stats::check_configured) != 0;
}

bool passes(const View& view, const Witness& witness, const ServerState& server) {
  const ServerKey key{server.backend, server.name};
  const ServerFacts facts = view.topology().of(key);
  const std::uint32_t full = facts.check_rise + facts.check_fall - 1;
  const bool healthy = facts.check_rise == 0 || server.check_health >= full;
  return checked(server) && healthy && server.last_check_passed() && witness.fresh(key);
}

bool agent_is_silent(const View& view, const Witness& witness, const ServerState& server) {
  const ServerKey key{server.backend, server.name};
  return runs_agent(server) &&
         (!witness.agent_answered(key) || !view.topology().of(key).agent_heard);
}

}  // namespace

const ServerState* watched_by(const View& view, const ServerState& server) {
  const auto leaders = view.topology().leaders({server.backend, server.name});
  return leaders.empty() ? &server : view.find(leaders.back());
}

bool usable(const ServerState& server) {
  return server.running() && !server.in_maint() && !server.drained() && server.user_weight > 0;
}

bool checks_pass(const View& view, const Witness& witness, const ServerState& server) {
  const ServerState* watched = watched_by(view, server);
  return watched != nullptr && (!has_own_checks(*watched) || passes(view, witness, *watched));
}

bool well(const View& view, const Witness& witness, const ServerState& server) {
  const ServerState* watched = watched_by(view, server);
  return watched != nullptr && !agent_is_silent(view, witness, *watched) &&
         checks_pass(view, witness, server);
}

bool verified(const View& view, const Witness& witness, const ServerState& server,
              const Limits& limits) {
  if (!usable(server)) return false;
  return limits.of(server.backend).verify == Verify::up || well(view, witness, server);
}

std::string_view why_not_verified(const View& view, const Witness& witness,
                                  const ServerState& server) {
  if (!addressed(server)) return "has no address";
  if (server.in_maint()) return "is in maintenance";
  if (server.drained()) return "is drained";
  if (server.user_weight == 0) return "has weight 0";
  if (!server.running())
    return server.operational == stats::op_stopping ? "is stopping" : "is down";
  const ServerState* watched = watched_by(view, server);
  if (watched == nullptr) return "tracks a server that is not there";
  if (agent_is_silent(view, witness, *watched)) return "has an agent that has not answered yet";
  if (has_own_checks(*watched) && !checked(*watched)) return "is not checked: its checks are off";
  if (!watched->last_check_passed()) return "failed its last check, or had none";
  return "has not passed a check of this process of HAProxy yet";
}

bool down_by_agent(const ServerState& server) {
  return runs_agent(server) && server.operational == stats::op_stopped && !server.in_maint() &&
         (!has_own_checks(server) || server.last_check_passed());
}

}  // namespace steward::control
