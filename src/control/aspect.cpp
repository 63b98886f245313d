#include "steward/control/aspect.hpp"

#include <algorithm>

namespace steward::control {
namespace {

using stats::ServerState;

bool checks_run(const ServerState& server) {
  return (server.check_state & stats::check_enabled) != 0;
}

bool agent_runs(const ServerState& server) {
  return (server.agent_state & stats::check_enabled) != 0;
}

Value observed_health(const ServerState& server) {
  if (checks_run(server)) return {Setting::health, kByChecks};
  if (server.in_maint()) return {Setting::health, kFrozen};
  if (server.operational == stats::op_stopped) return {Setting::health, kDown};
  return {Setting::health, server.operational == stats::op_stopping ? kStopping : kUp};
}

bool health_agrees(const Value& value, const ServerState& server) {
  const bool configured = (server.check_state & stats::check_configured) != 0;
  if (value.level == kByChecks) return checks_run(server) || !configured;
  if (value.level == kFrozen) return !checks_run(server);
  return !checks_run(server) && (server.in_maint() || observed_health(server) == value);
}

std::vector<Command> health_commands(const Value& value, const ServerState& server) {
  if (value.level == kByChecks) return {{Verb::enable_health}};
  std::vector<Command> commands;
  if (checks_run(server)) commands.push_back({Verb::disable_health});
  if (value.level == kUp) commands.push_back({Verb::health_up});
  if (value.level == kStopping) commands.push_back({Verb::health_stopping});
  if (value.level == kDown) commands.push_back({Verb::health_down});
  return commands;
}

// What lets a server serve that its checks would not is looser than they are.
int health_rank(std::uint16_t level) {
  switch (level) {
    case kUp:
      return 0;
    case kFrozen:
      return 1;
    case kByChecks:
      return 2;
    default:
      return level;  // stopping, down
  }
}

Verb state_verb(std::uint16_t level) {
  if (level == kMaint) return Verb::state_maint;
  return level == kDrain ? Verb::state_drain : Verb::state_ready;
}

}  // namespace

Value observe(Setting aspect, const ServerState& server) {
  switch (aspect_of(aspect)) {
    case Setting::state:
      if ((server.admin & stats::forced_maint) != 0) return {Setting::state, kMaint};
      return {Setting::state, (server.admin & stats::forced_drain) != 0 ? kDrain : kReady};
    case Setting::weight:
      return {Setting::weight,
              static_cast<std::uint16_t>(std::min<std::uint32_t>(server.user_weight, kWeightMost))};
    case Setting::agent:
      return {Setting::agent, agent_runs(server) ? kEnabled : kDisabled};
    case Setting::health:
    case Setting::checks:
      break;
  }
  return observed_health(server);
}

bool agrees(const Value& value, const ServerState& server) {
  const Value aim = wanted(value, server);
  if (aim.setting == Setting::health) return health_agrees(aim, server);
  return observe(aim.setting, server) == aim;
}

Value wanted(const Value& value, const ServerState& server) {
  if (value.setting == Setting::weight) {
    return {Setting::weight, absolute_weight(value, server.initial_weight)};
  }
  if (value.setting != Setting::checks) return value;
  return {Setting::health, value.level == kDisabled ? kFrozen : kByChecks};
}

bool stricter(const Value& a, const Value& b) {
  if (a.setting == Setting::weight) return a.level < b.level;
  if (a.setting == Setting::health) return health_rank(a.level) > health_rank(b.level);
  return a.level > b.level;
}

std::vector<Command> commands_to(const Value& value, const ServerState& server) {
  if (agrees(value, server)) return {};
  const Value aim = wanted(value, server);
  switch (aim.setting) {
    case Setting::state:
      return {{state_verb(aim.level)}};
    case Setting::weight:
      return {{Verb::weight, aim.level}};
    case Setting::agent:
      return {{aim.level == kEnabled ? Verb::enable_agent : Verb::disable_agent}};
    case Setting::health:
    case Setting::checks:
      break;
  }
  return health_commands(aim, server);
}

bool takes_out(const Value& value, const ServerState& server) {
  const Value aim = wanted(value, server);
  if (aim.setting == Setting::state) return aim.level != kReady;
  if (aim.setting == Setting::weight) return aim.level == 0;
  return aim.setting == Setting::health && aim.level >= kStopping;
}

}  // namespace steward::control
