// What `haproxy-steward servers` shows: a row a server. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "steward/stats/servers_state.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::cli {

// What HAProxy did not tell is empty.
struct ServerRow {
  std::string backend, server;
  std::string address;  // "10.0.0.1:80"
  std::string status;   // HAProxy's: "UP 1/2", "MAINT (via web/web1)" …
  std::string admin;    // who put it so: "forced drain", "config maint" …; several with ", "
  std::optional<std::int64_t> weight, initial_weight;
  std::string check;  // "L7OK 200"
  std::optional<std::int64_t> sessions, queue, session_rate;
  std::optional<std::int64_t> last_change_seconds;
};

// In HAProxy's order.
[[nodiscard]] std::vector<ServerRow> server_rows(const stats::StatTable& stat,
                                                 const stats::ServersState& states);

[[nodiscard]] std::string servers_table(const std::vector<ServerRow>& rows);

// {"servers":[{"backend":…}]}: names as in ServerRow, null where HAProxy told nothing; a line end
// at the end.
[[nodiscard]] std::string servers_json(const std::vector<ServerRow>& rows);

}  // namespace steward::cli
