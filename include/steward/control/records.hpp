// Audit lines and ends of overrides, as every decision writes them.
#pragma once

#include <string>
#include <string_view>

#include "steward/control/audit.hpp"
#include "steward/control/override.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// A line about an override; `caller` is null when the steward acts by itself.
[[nodiscard]] AuditRecord record_of(std::string_view event, const Override& override, Time now,
                                    const Caller* caller = nullptr);

// A line about something that never became an override.
[[nodiscard]] AuditRecord record_of(std::string_view event, Time now, const Caller& caller);

// What the setting is now, in words; "" if the server cannot be seen.
[[nodiscard]] std::string present(const Override& override, const Sight& sight);

// The sight of an override's instance.
[[nodiscard]] const Sight& sight_of(const World& world, const std::string& instance);

// The override as it is after its end: released if HAProxy never heard of it, else releasing.
[[nodiscard]] Override ended(Override override, End end, Time now);

}  // namespace steward::control
