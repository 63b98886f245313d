// Audit lines of calls, and what decisions say of a setting.
#pragma once

#include <string>

#include "steward/control/audit.hpp"
#include "steward/control/guards.hpp"
#include "steward/control/hold.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// A line about a call.
[[nodiscard]] AuditRecord record_of(Event event, Time now, const Caller& caller);

// A line of the steward's own about a setting that it holds.
[[nodiscard]] AuditRecord record_of(Event event, Time now, const Hold& hold);

// What the setting is now, in words; "" if the server cannot be seen.
[[nodiscard]] std::string present(const Override& override, const Sight& sight);

// Who owns an override, in words: "rule Sick", "alice", "rollout 01J…".
[[nodiscard]] std::string owner_of(const Override& override);

}  // namespace steward::control
