#include "steward/control/ramp.hpp"

#include <utility>

namespace steward::control {
std::uint16_t level_at(const Ramp& ramp, Time now) {
  constexpr int kSteps = 20;
  const auto passed = now - ramp.begins;
  if (passed >= ramp.over) return ramp.to;
  const auto step = static_cast<int>(passed.count() < 0 ? 0 : passed * kSteps / ramp.over);
  return static_cast<std::uint16_t>(ramp.from + (int{ramp.to} - int{ramp.from}) * step / kSteps);
}

}  // namespace steward::control
