// Rollouts brought a step further. Pure.
#pragma once

#include <string>
#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/step.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// All live rollouts, as far as what is known of every instance lets them go on; `view` is the one
// that was just read. Steps are only for its instance, and only to cut sessions: everything else is
// done by overrides and memberships.
void advance_rollouts(Draft& draft, const World& world, const View& view, std::vector<Step>& steps);

// Begins to undo it: what is in progress returns, what is new goes.
void roll_back(Draft& draft, const World& world, Rollout rollout, const std::string& why,
               const Caller* caller = nullptr);

}  // namespace steward::control
