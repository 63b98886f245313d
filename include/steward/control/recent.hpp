// How long ago something was, by a wall clock that may be set.
#pragma once

#include <chrono>

#include "steward/base/time.hpp"

namespace steward::control {

// Whether `then` is less than `window` from `now`, before or after it: once a clock was set back by
// more, what lies ahead of it is long ago. It must not hold anything up until the clock gets there.
[[nodiscard]] constexpr bool recent(Time then, Time now, std::chrono::milliseconds window) {
  return then - window < now && now - then < window;
}

}  // namespace steward::control
