// Manual actions → changes of the book and a report. Pure.
#pragma once

#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/payload.hpp"
#include "steward/control/report.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// In order. Each principal has one override of a setting of a server: another value takes its
// place, the same value keeps its lease unless one is named. Nobody's takes another's place. Ready,
// checks enabled, health auto and the default weight end the caller's own and those that the caller
// could release one by one; the answer names what holds the server still. A guard rejects: a person
// reads the answer, and an action an hour later would be a surprise.
[[nodiscard]] Report take(Draft& draft, const World& world,
                          const std::vector<ManualAction>& actions, const Caller& caller);

// Why the principal may not release an override by its id; nothing: it may.
[[nodiscard]] std::optional<std::string> why_not_release(const Override& override,
                                                         const Principal& principal);
// Whether "ready" of the principal ends it: not what a rollout or a removal under way needs.
[[nodiscard]] bool may_release(const Book& book, const Override& override,
                               const Principal& principal);

}  // namespace steward::control
