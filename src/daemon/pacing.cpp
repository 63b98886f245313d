#include "steward/daemon/pacing.hpp"

namespace steward::daemon {
namespace {

// HAProxy 2.6 writes about 150 servers a millisecond; below this nobody notices.
constexpr std::size_t kSmall = 300;

// A dump of one proxy walks all of them: its cost grows with the square of their number.
constexpr std::size_t kManyBackends = 500;
constexpr std::size_t kLargeBackend = 10;  // servers; below, the pauses cost more than they give

}  // namespace

Reading choose_reading(config::Pacing pacing, const std::optional<Shape>& shape) {
  switch (pacing) {
    case config::Pacing::off:
      return Reading::at_once;
    case config::Pacing::by_proxy:
      return Reading::by_proxy;
    case config::Pacing::throttled:
      return Reading::throttled;
    case config::Pacing::automatic:
      break;
  }
  if (!shape) return Reading::throttled;
  if (shape->servers <= kSmall) return Reading::at_once;
  const bool few = shape->backends <= kManyBackends;
  const bool large = shape->servers >= kLargeBackend * shape->backends;
  return few && large ? Reading::by_proxy : Reading::throttled;
}

}  // namespace steward::daemon
