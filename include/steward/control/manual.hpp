// Manual actions → changes of the book and a report. Pure.
#pragma once

#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/payload.hpp"
#include "steward/control/report.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// In order. A newer one takes the place of an older manual one about the same setting of the
// server; ready, checks enabled and health auto release those. A guard rejects: a person reads the
// answer, and an action an hour later would be a surprise.
[[nodiscard]] Report take(Draft& draft, const World& world,
                          const std::vector<ManualAction>& actions, const Caller& caller);

}  // namespace steward::control
