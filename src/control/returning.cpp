#include "steward/control/returning.hpp"

#include "steward/control/aspect.hpp"
#include "steward/control/recent.hpp"

namespace steward::control {
namespace {

// With "fall 1", or without knowing, a passed check cannot be told from none: so long it is given
// to run.
constexpr auto kBlindWait = std::chrono::seconds(5);

// A server fresh out of maintenance has the health `rise`: one that passed a check has
// rise + fall - 1, one that failed it is down.
bool was_checked(const stats::ServerState& server, const ServerFacts& facts, Time since, Time now) {
  if (server.operational == stats::op_stopped) return true;
  const bool passed = server.check_result >= stats::kCheckPassed;  // also with "404: no new ones"
  if (facts.check_fall <= 1) return passed && !recent(since, now, kBlindWait);
  return passed && server.check_health >= facts.check_rise + facts.check_fall - 1;
}

}  // namespace

bool awaits_check(const Hold& hold, const stats::ServerState& server, const ServerFacts& facts,
                  Time now) {
  const bool checks = (server.check_state & stats::check_enabled) != 0;
  return hold.returning && checks && !was_checked(server, facts, hold.since, now);
}

std::optional<Value> next_value(const Value& aim, const Hold& hold,
                                const stats::ServerState& server, const ServerFacts& facts,
                                bool safely, Time now) {
  const bool checks = (server.check_state & stats::check_enabled) != 0;
  if (aim != Value{Setting::state, kReady} || !safely || !checks) return aim;
  const Value present = observe(Setting::state, server);
  if (present.level == kMaint) return Value{Setting::state, kDrain};
  if (awaits_check(hold, server, facts, now)) return std::nullopt;
  return aim;
}

}  // namespace steward::control
