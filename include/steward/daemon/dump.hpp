// The long answers, `show stat` and `show servers state`, read at the chosen pace.
#pragma once

#include "steward/base/result.hpp"
#include "steward/daemon/demand.hpp"
#include "steward/daemon/pacing.hpp"
#include "steward/runtime/socket.hpp"
#include "steward/stats/servers_state.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::daemon {

struct Dump {
  stats::StatTable stat;
  stats::ServersState servers;
};

// Reads what the demand names. A `show servers state` that HAProxy refuses is an Error, too.
[[nodiscard]] Result<Dump> read_dump(runtime::RuntimeSocket& socket, const Demand& demand,
                                     const Plan& plan, runtime::Deadline deadline);

[[nodiscard]] Shape shape_of(const stats::StatTable& stat);

}  // namespace steward::daemon
