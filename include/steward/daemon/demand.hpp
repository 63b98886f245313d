// What of HAProxy a page needs: a selection, seen from the socket's side.
#pragma once

#include <cstdint>

#include "steward/exposition/selection.hpp"

namespace steward::daemon {

struct Demand {
  std::uint8_t stat_types = 0;  // as `show stat` takes them: 1 frontends, 2 backends, 4 servers,
                                // 8 listeners; 0: not asked
  bool servers_state = false;
  bool tables = false;
  bool resolvers = false;
  bool certificates = false;
  bool old_workers = false;

  bool operator==(const Demand&) const = default;
};

inline constexpr std::uint8_t kFrontendType = 1, kBackendType = 2, kServerType = 4,
                              kListenerType = 8, kAllTypes = 15;

// The least that gives the page: scopes and metric names that are not wanted are not asked for.
// Servers are asked for backends' aggregates, too.
[[nodiscard]] Demand demand_of(const exposition::Selection& selection);

}  // namespace steward::daemon
