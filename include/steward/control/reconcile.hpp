// One HAProxy compared with the wishes: what has come into force, what has ended, and what HAProxy
// is to be told next. Pure.
#pragma once

#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/step.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// Compares the view of world.now with the book, instance by instance: `view` must be fresh, and
// `done` what was sent since the last call. In order:
// - the holds are brought up to date: what is ours, what somebody else did, whose a setting is in
//   another process of HAProxy (control/baseline.hpp);
// - leases that ran out, and resolved alerts that were held for long enough, begin to end;
// - what was sent and is there is confirmed: overrides become active, or released; what is not
//   there is tried again with growing pauses, and after policy.attempts it failed;
// - memberships, fail open and rollouts have their turn;
// - the plan: what is not as it should be becomes steps, each through the gate (control/plan.hpp).
// The same view and book give the same steps: calling it again sends nothing twice.
[[nodiscard]] std::vector<Step> reconcile(Draft& draft, const World& world, const View& view,
                                          const std::vector<Done>& done);

}  // namespace steward::control
