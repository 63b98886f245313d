// GET /api/v1/servers.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "steward/daemon/keeper.hpp"
#include "steward/http/control_json.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::http {

using Statistics = std::map<std::string, std::shared_ptr<const stats::StatTable>>;

// Every server of every HAProxy, as last read, with what is known of its settings and live
// overrides, and why it is out; sessions and status as far as `statistics` has them. An empty
// instance or backend means all.
[[nodiscard]] Json server_list(const daemon::Keeper& keeper, const Statistics& statistics,
                               const std::string& instance, const std::string& backend);

}  // namespace steward::http
