#include "steward/daemon/pacing.hpp"

#include <algorithm>

namespace steward::daemon {
namespace {

// HAProxy 2.6 writes some 150 servers a millisecond on a slow machine, 350 on a fast one. Below
// this nobody notices.
constexpr std::size_t kFewServers = 300;

// A dump of one proxy walks all of them: its cost grows with the square of their number.
constexpr std::size_t kManyBackends = 500;

// A larger backend is a burst by itself.
constexpr std::size_t kLargeBackend = 500;

// About as many servers a connection: fewer, and connections cost more than servers; more, and
// traffic waits longer for its turn.
constexpr std::size_t kServersAtOnce = 200;
constexpr std::size_t kBackendsAtOnce = 50;  // keeps the command line well under HAProxy's 16 KiB

Reading automatic(const std::optional<Shape>& shape) {
  if (!shape) return Reading::throttled;
  if (shape->servers <= kFewServers) return Reading::at_once;
  const bool few = shape->backends <= kManyBackends;
  const bool handy = shape->largest <= kLargeBackend;
  return few && handy ? Reading::by_proxy : Reading::throttled;
}

Reading choose(config::Pacing pacing, const std::optional<Shape>& shape) {
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
  return automatic(shape);
}

}  // namespace

Plan plan_reading(config::Pacing pacing, const std::optional<Shape>& shape) {
  Plan plan{choose(pacing, shape), 1};
  if (shape && shape->servers > 0) {
    plan.backends_at_once = std::clamp<std::size_t>(
        kServersAtOnce * shape->backends / shape->servers, 1, kBackendsAtOnce);
  }
  return plan;
}

}  // namespace steward::daemon
