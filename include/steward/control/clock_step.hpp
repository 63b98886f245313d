// What a step of the wall clock does to what is recorded with it. Pure.
#pragma once

#include <chrono>

#include "steward/control/draft.hpp"

namespace steward::control {

// The clock was set by `step`, to `now`: every live override has as much of its lease left as
// before. What was seen moves by Book::step_witnesses.
void step_clock(Draft& draft, Time now, std::chrono::milliseconds step);

}  // namespace steward::control
