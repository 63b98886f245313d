// How a dump is read so that HAProxy's traffic does not wait for it. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "steward/config/config.hpp"

namespace steward::daemon {

// What the last whole dump looked like.
struct Shape {
  std::size_t backends = 0;  // that have servers
  std::size_t servers = 0;
  std::size_t largest = 0;  // servers of the largest backend
};

enum class Reading {
  at_once,    // one dump, as fast as it comes
  by_proxy,   // a dump of a few backends at a time, with pauses between
  throttled,  // one dump, read in small pieces with pauses between
};

struct Plan {
  Reading reading = Reading::throttled;
  std::size_t backends_at_once = 1;  // by_proxy: so many a connection
};

// The way to read a HAProxy of this shape. Nothing known yet: throttled, which suits every shape.
[[nodiscard]] Plan plan_reading(config::Pacing pacing, const std::optional<Shape>& shape);

}  // namespace steward::daemon
