// What becomes of alerts' overrides when the configuration is read again. Pure.
#pragma once

#include "steward/control/draft.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// After the rules changed: alerts' overrides become what their rules say now. What is changed goes
// through the guards again; what has no rule any more, or one in shadow mode, ends.
void rederive(Draft& draft, const World& world);

}  // namespace steward::control
