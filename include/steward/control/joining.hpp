// A server on its way into a backend. Pure.
#pragma once

#include "steward/control/membership_turn.hpp"

namespace steward::control {

// Brings a live membership of Wish::present a step further:
// adding → "add server" (in maintenance, without checks) → joining: checks enabled, then the safe
// return of every server: drained until a check has passed, then ready → present.
// If HAProxy refuses, it failed; if no check passes until the deadline, it is put back into
// maintenance as the gate allows, deleted again (undoing) and failed. After a reload it is added
// again, and stays even if no check passes.
void join(Draft& draft, const World& world, const View& view, const Done* done,
          const Membership& membership, std::vector<Step>& steps);

}  // namespace steward::control
