// Which servers a round has something to do about: most overrides are in force, and nothing happens
// to them. Pure.
#pragma once

#include "steward/control/draft.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// Whether its lease, or the time that its alert must have held, is over.
[[nodiscard]] bool is_due(const Override& override, Time now);
// Whether the slot that it was wished of has another server by now: DNS gave it another address.
[[nodiscard]] bool is_moved(const Override& override, const View& view,
                            const stats::ServerState& row);
// Whether the hold has lost its last override, or has one again, or its time as a tombstone is
// over.
[[nodiscard]] bool is_to_bury(const Hold& hold, const Book::Shelf& shelf, const World& world);

// Names to the draft (Draft::attend) each server of the instance with anything to decide, to tell,
// to read back or to end. When in doubt a server is named; one that is not named has all that is
// wished of it in this process of HAProxy, and looked at again it would come to nothing.
void attend_unsettled(Draft& draft, const World& world, const View& view);

}  // namespace steward::control
