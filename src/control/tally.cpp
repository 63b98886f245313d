#include "steward/control/tally.hpp"

namespace steward::control {

void Tally::count(const Override& override, std::ptrdiff_t one) {
  if (waits(override)) waiting_[static_cast<std::size_t>(override.guard)] += one;
  const bool held = override.phase == Phase::releasing && override.guard != Guard::none;
  if (held) returns_held_ += one;
}

void Tally::count(const Hold& hold, std::ptrdiff_t one) {
  if (hold.unclear) unclear_ += one;
  if (hold.stuck) stuck_ += one;
}

}  // namespace steward::control
