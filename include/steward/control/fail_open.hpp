// Fail open: when a backend is below its floor, alerts' drains of servers that are well are
// suspended, newest first, until it is not. Pure.
#pragma once

#include "steward/control/draft.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// Suspends what the backends of the view need, and gives back what the gate has had room for long
// enough: as a wish that is to be admitted anew.
void fail_open(Draft& draft, const World& world, const View& view);

// Whether anything of the backend is suspended: no rollout begins a step meanwhile.
[[nodiscard]] bool is_open(const Book& book, const std::string& instance,
                           const std::string& backend);

}  // namespace steward::control
