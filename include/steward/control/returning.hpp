// The way back from maintenance.
#pragma once

#include <optional>

#include "steward/control/override.hpp"
#include "steward/control/view.hpp"

namespace steward::control {

// Whether the server has left maintenance (hold.returning), and its checks have not said since what
// it is.
[[nodiscard]] bool awaits_check(const Hold& hold, const stats::ServerState& server,
                                const ServerFacts& facts, Time now);

// What to set next on the way to `aim`; nothing: wait. Nearly always that is `aim` itself. But
// HAProxy calls a server that leaves maintenance UP before any check has run, even if nothing
// answers there; so, if it is to return safely and has checks, it goes through drain, until a check
// has passed (then it is ready) or has failed (then it is ready, and DOWN until one passes).
[[nodiscard]] std::optional<Value> next_value(const Value& aim, const Hold& hold,
                                              const stats::ServerState& server,
                                              const ServerFacts& facts, bool safely, Time now);

}  // namespace steward::control
