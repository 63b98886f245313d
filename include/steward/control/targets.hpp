// Which servers of which HAProxies are meant.
#pragma once

#include <string>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/control/rule.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

struct Targets {
  std::vector<ServerRef> servers;  // known ones
  std::vector<ServerRef> unseen;   // in instances that were never read: they may have it or not
};

// Every server the spec means: by exact names, or by address (an address with a port must match
// that, too). Fails (not_found) when there is none, with the nearest names; (invalid) when a name
// cannot be one; (limit) when it means more than limits::kTargets.
[[nodiscard]] Result<Targets> find_targets(const TargetSpec& spec, const World& world);

}  // namespace steward::control
