// One HAProxy compared with the wishes: what has come into force, what has ended, and what HAProxy
// is to be told next. Pure.
#pragma once

#include <vector>

#include "steward/control/settling.hpp"

namespace steward::control {

// Compares the view of world.now with the book, instance by instance: `view` must be fresh, and
// `done` what was sent since the last call. In order:
// - leases that ran out, and resolved alerts that were held for long enough, begin to end;
// - pending overrides are tried against the guards again;
// - another process of HAProxy (epoch): what it has is the new baseline, and the wishes are applied
//   again;
// - what was sent and is there is confirmed: overrides become active, or released; what is not
//   there is tried again with growing pauses, and after policy.attempts it failed;
// - what was confirmed and is not there any more was changed by somebody: the overrides yield.
// The same view and book give the same steps: calling it again sends nothing twice.
[[nodiscard]] std::vector<Step> reconcile(Draft& draft, const World& world, const View& view,
                                          const std::vector<Done>& done);

}  // namespace steward::control
