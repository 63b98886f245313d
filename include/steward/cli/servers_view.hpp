// What `servers` shows: a row a server, as a table for people and as JSON for programs. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steward/cli/table.hpp"
#include "steward/stats/servers_state.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::cli {

// What HAProxy does not say is empty.
struct ServerRow {
  std::string backend, server;
  std::optional<std::string> address;  // "127.0.0.1:8080", "[::1]:8080"
  std::optional<std::string> fqdn;     // what it is resolved from
  std::optional<std::string> status;   // HAProxy's word: "UP 1/2", "no check", "MAINT" …
  std::optional<std::uint32_t> admin;  // stats::AdminState bits
  std::optional<std::int64_t> weight, user_weight, initial_weight;
  std::optional<bool> backup;
  std::optional<std::string> check_status;  // "L7OK", "* L4TOUT" (one is under way) …
  std::optional<std::int64_t> check_code, check_duration_ms;
  std::optional<std::int64_t> sessions, session_limit, queue, rate;
  std::optional<std::int64_t> last_change_seconds;
  std::optional<std::string> tracked;  // "backend/server" whose checks it follows
};

// The servers of `stat` in its order, completed by what `state` says of them; of all backends, or
// of the one named.
[[nodiscard]] std::vector<ServerRow> rows_of(const stats::StatTable& stat,
                                             const stats::ServersState& state,
                                             std::optional<std::string_view> backend);

[[nodiscard]] Table table_of(const std::vector<ServerRow>& rows);

// {"servers": [{"backend": …}, …]}, the members named as ServerRow's, in that order; what is
// absent is null, and "admin" lists the names haproxy_server_admin_state has for its bits. Ends in
// a line end. All of it is ASCII, so that a name cannot move a terminal's cursor; bytes that are
// not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_of(const std::vector<ServerRow>& rows);

// Every backend `stat` has, also those without servers.
[[nodiscard]] std::vector<std::string> backends_of(const stats::StatTable& stat);

}  // namespace steward::cli
