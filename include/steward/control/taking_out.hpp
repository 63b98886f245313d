// Servers taken out of service on the way to something else: a removal, a rollout. Pure.
#pragma once

#include <string>

#include "steward/control/draft.hpp"
#include "steward/control/guards.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

struct Outage {
  ServerRef target;
  std::string principal, reason;
  bool forced = false;  // past the guards
};

// Drains it by an override without a lease, which whoever asked must end. Returns its id, or what
// the guards have against it.
[[nodiscard]] tl::expected<std::string, Refusal> take_out(Draft& draft, const World& world,
                                                          const Outage& outage,
                                                          const Caller* caller);

// Whether it is part of a removal or a rollout that is under way: what people wish of the server
// besides stands beside it; only if they want it ready it ends, and with it what it is for.
[[nodiscard]] bool serves_a_purpose(const Book& book, const Override& override);

// Drained → maintenance. The override must be live.
void deepen(Draft& draft, const std::string& override_id);

// It may serve again: through a passed check. Nothing if it has ended already.
void bring_back(Draft& draft, const World& world, const std::string& override_id,
                const std::string& why);

}  // namespace steward::control
