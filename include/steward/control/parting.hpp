// A server on its way out of a backend. Pure.
#pragma once

#include "steward/control/membership_turn.hpp"

namespace steward::control {

// Brings a live membership of Wish::absent a step further: draining (an override, admitted by the
// guards) → no session left, or the deadline and they are cut → deleting: maintenance, "del server"
// → absent. Whatever goes wrong, the server is back in service before it failed. One of HAProxy's
// configuration is removed again after each reload, as soon as the guards allow it.
void part(Draft& draft, const World& world, const View& view, const Done* done,
          const Membership& membership, std::vector<Step>& steps);

// The sessions of a server, if they were read after `time`.
[[nodiscard]] std::optional<std::uint64_t> sessions_since(const View& view, const ServerRef& target,
                                                          Time time);

}  // namespace steward::control
