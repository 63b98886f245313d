// What HAProxy is to be told in this round: loosening steps first, then what tightens, by age, each
// through the gate. Pure.
#pragma once

#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/step.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// Compares baselines and overrides with the view, which must be fresh, and the holds with what was
// just done. What the gate holds is pending again, and counts nowhere; a return to a stricter
// baseline that it holds keeps its value. The holds in the draft say what is told.
[[nodiscard]] std::vector<Step> plan(Draft& draft, const World& world, const View& view);

// Those of the steps that the gate lets pass on a later view, and whose setting is as it was, for
// writing the ledger may have taken long. What is left out is not told: the next round plans it
// anew.
[[nodiscard]] std::vector<Step> still_safe(const Book& book, const World& world, const View& view,
                                           const std::vector<Step>& steps);

}  // namespace steward::control
