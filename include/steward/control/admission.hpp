// Whether a wish becomes an override, and what the answer says of it: common to alerts and people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/guards.hpp"
#include "steward/control/report.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// A refusal that does not depend on what else is wished: the backend's balancing cannot do it.
[[nodiscard]] std::optional<Refusal> why_invalid(const Override& wish, const Sight& sight);

// What DNS may give a slot anew: the address; of an SRV record's with the port.
[[nodiscard]] std::string address_of(const stats::ServerState& row);
// The same, as far as the server is seen.
[[nodiscard]] std::string address_of(const Sight& sight, const ServerRef& target);

// What a rule does now.
[[nodiscard]] Mode mode_of(const Rule& rule, const Policy& policy);

// Whether the rule that made an override only says by now what it would do.
[[nodiscard]] bool in_shadow(const Override& override, const Policy& policy);

// The override with the guards' verdict: admitted, or held by one. Counts it if it is admitted.
[[nodiscard]] Override judged(Override wish, Guards& guards, const Sight& sight, Time now);

// An outcome about an override.
[[nodiscard]] Outcome outcome_of(const Override& override, Did did, std::size_t index);

}  // namespace steward::control
