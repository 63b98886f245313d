// A weight that rises, or falls, step by step.
#pragma once

#include <chrono>
#include <cstdint>

#include "steward/base/time.hpp"

namespace steward::control {

struct Ramp {
  std::uint16_t from = 0, to = 0;  // percent of the server's initial weight
  Time begins{};
  std::chrono::milliseconds over{0};
  bool returning = false;  // of a server that returns (Policy::return_ramp): it only lowers the
                           // weight that was configured

  bool operator==(const Ramp&) const = default;
};

// Of the weight of servers that return to service: from this percentage, over this time.
struct ReturnRamp {
  std::uint16_t from = 0;
  std::chrono::milliseconds over{0};  // 0: none
  bool operator==(const ReturnRamp&) const = default;
};

// The percentage at a time: twenty steps, `from` at the beginning and `to` from its end on.
[[nodiscard]] std::uint16_t level_at(const Ramp& ramp, Time now);

}  // namespace steward::control
