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
  OwnerKind kind = OwnerKind::membership;
  std::string part_of{};  // the membership or rollout
  bool forced = false;    // past guards and gate
};

// Drains it by an override without a lease, which whoever asked must end. Returns its id, or what
// the guards have against it.
[[nodiscard]] tl::expected<std::string, Refusal> take_out(Draft& draft, const World& world,
                                                          const Outage& outage,
                                                          const Caller* caller);

// Drained → maintenance. The override must be live.
void drain_to_maint(Draft& draft, const World& world, const std::string& override_id);

// It may serve again: through a passed check. Nothing if it has ended already.
void bring_back(Draft& draft, const World& world, const std::string& override_id,
                const std::string& why);

}  // namespace steward::control
