// `show servers state`: what HAProxy knows of each server beside its counters.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"

namespace steward::stats {

// Bits of srv_admin_state, as decimal in the answer. Source: HAProxy, include/haproxy/server-t.h.
// 4 and 64 alone mean nothing: a server "disabled" in the configuration keeps 4 for ever.
enum AdminState : std::uint32_t {
  forced_maint = 1,
  inherited_maint = 2,
  config_maint = 4,
  forced_drain = 8,
  inherited_drain = 16,
  resolution_maint = 32,
};

// srv_op_state; a server is starting while its "slowstart" lasts. Source: the same.
enum OperationalState : std::uint32_t { op_stopped, op_starting, op_running, op_stopping };

// Bits of srv_check_state and srv_agent_state. Source: HAProxy, include/haproxy/check-t.h.
enum CheckState : std::uint32_t { check_in_progress = 1, check_configured = 2, check_enabled = 4 };
// Of srv_check_state or srv_agent_state: there is a check, and it is off.
[[nodiscard]] constexpr bool switched_off(std::uint32_t check) {
  return (check & (check_configured | check_enabled)) == check_configured;
}
inline constexpr std::uint32_t kCheckPassed = 3;  // of check_result

// srv_check_status: how the last check ended that did; kept while the next one runs, over a
// maintenance, and in a server-state file. Source: HAProxy, include/haproxy/check-t.h.
enum CheckStatus : std::uint32_t {
  status_unknown = 0,
  status_initializing = 1,  // none has ended
  status_l4_ok = 6,
  status_l6_ok = 9,
  status_l7_ok = 15,
  status_l7_conditional = 16,
  status_process_ok = 20,
};

struct ServerState {
  std::string_view backend, name, address, fqdn;  // "-" (none) is empty here
  std::string_view srv_record;  // whose address, name and weight it has; empty: none
  std::uint32_t port = 0;
  std::uint32_t operational = 0;  // OperationalState
  std::uint32_t admin = 0;        // AdminState bits
  std::uint32_t user_weight = 0, initial_weight = 0;
  std::uint32_t check_result = 0, check_health = 0;
  std::uint32_t check_state = 0, agent_state = 0;  // CheckState bits
  std::uint32_t check_status = 0;                  // CheckStatus
  std::uint32_t since_last_change = 0;             // seconds; of its operational or admin state
  std::uint32_t backend_id = 0;                    // "show stat #id" asks for it
  std::uint32_t use_ssl = 0, check_port = 0;       // 0: none of its own

  [[nodiscard]] bool running() const {
    return operational == op_starting || operational == op_running;
  }
  [[nodiscard]] bool in_maint() const { return (admin & 0x23U) != 0; }
  // Whether the last check that ended passed, in whatever process.
  [[nodiscard]] bool last_check_passed() const {
    return check_status == status_l4_ok || check_status == status_l6_ok ||
           check_status == status_l7_ok || check_status == status_l7_conditional ||
           check_status == status_process_ok;
  }
  [[nodiscard]] bool drained() const { return !in_maint() && (admin & 0x18U) != 0; }
};

// The rows point into the text, which they own together. Movable; views stay valid.
class ServersState {
 public:
  ServersState() = default;
  ServersState(std::unique_ptr<const std::string> text, std::vector<ServerState> rows)
      : text_(std::move(text)), rows_(std::move(rows)) {}
  [[nodiscard]] const std::vector<ServerState>& rows() const { return rows_; }

 private:
  std::unique_ptr<const std::string> text_;
  std::vector<ServerState> rows_;
};

// Takes the answer (one, or several chained ones, each "1\n# be_id …\n rows \n\n"). Fields are
// found by the header's names; a row with another number of fields is malformed.
[[nodiscard]] Result<ServersState> parse_servers_state(std::string answer);

}  // namespace steward::stats
