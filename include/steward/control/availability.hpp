// Whether a server serves, and whether that is known: UP alone says neither.
#pragma once

#include <string>

#include "steward/control/limits.hpp"
#include "steward/control/view.hpp"

namespace steward::control {

class Witness;

// Whether its agent check runs.
[[nodiscard]] constexpr bool runs_agent(const stats::ServerState& server) {
  return (server.agent_state & stats::check_enabled) != 0;
}

// Whether it has an address: a slot of a server-template that DNS has not filled has none.
[[nodiscard]] constexpr bool addressed(const stats::ServerState& server) {
  return (server.admin & stats::resolution_maint) == 0;
}

// Whether HAProxy may send it traffic: running, neither drained nor in maintenance, of some weight.
[[nodiscard]] bool usable(const stats::ServerState& server);

// Whether it may serve and is known to be well: the last check of this process of HAProxy passed,
// or none is configured (or the backend's `verify: up` says that UP will do).
[[nodiscard]] bool verified(const View& view, const Witness& witness,
                            const stats::ServerState& server, const Limits& limits);

// The server whose checks decide: the last of those that it tracks, or itself; null: not there.
[[nodiscard]] const stats::ServerState* watched_by(const View& view,
                                                   const stats::ServerState& server);

// Whether its own checks pass, in service or not; in maintenance none run.
[[nodiscard]] bool well(const View& view, const Witness& witness, const stats::ServerState& server);

// The same, but for its agent, which may not have answered yet.
[[nodiscard]] bool checks_pass(const View& view, const Witness& witness,
                               const stats::ServerState& server);

// Why it is not verified, in words: "is drained", "is down", "has not been checked yet" …
[[nodiscard]] std::string_view why_not_verified(const View& view, const Witness& witness,
                                                const stats::ServerState& server);

// Whether it is down because its agent says so: disabling the agent would make HAProxy call it UP.
[[nodiscard]] bool down_by_agent(const stats::ServerState& server);

}  // namespace steward::control
