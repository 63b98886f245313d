#include "steward/control/hold_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <vector>

namespace steward::control {
namespace {

using HeldServers = std::vector<const HeldServer*>;

constexpr std::string_view kHoldVersion = "haproxy-steward hold 1\n";

// The version and the names of the first 20 columns. A 21st, srv_use_ssl, could turn TLS off.
constexpr std::string_view kStateHeader =
    "1\n"
    "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
    "srv_time_since_last_change srv_check_status srv_check_result srv_check_health "
    "srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord\n";

bool holds_something(const HeldServer& held) {
  return held.state || held.weight || held.health || held.agent_off;
}

HeldServers by_name(std::span<const HeldServer> held) {
  HeldServers sorted;
  for (const HeldServer& each : held) {
    if (holds_something(each)) sorted.push_back(&each);
  }
  std::ranges::stable_sort(
      sorted, {}, [](const HeldServer* each) { return std::tie(each->backend, each->server); });
  return sorted;
}

std::string hold_words(const HeldServer& held) {
  std::string words;
  if (held.state) words += " " + to_string(Value{Setting::state, *held.state});
  if (held.weight) words += " weight=" + to_string(*held.weight);
  if (held.health) words += " " + to_string(Value{Setting::health, *held.health});
  if (held.agent_off) words += " agent-off";
  return words;
}

// HAProxy's srv_admin_state. Never the configuration's bit (4): it would enable a `disabled`
// server.
std::uint32_t admin_of(const HeldServer& held) {
  if (!held.state) return 0;
  return *held.state == kMaint ? stats::forced_maint : stats::forced_drain;
}

// HAProxy's srv_op_state. What its checks found goes on; what maintenance did to it does not.
std::uint32_t operational_of(const HeldServer& held, const stats::ServerState& row) {
  if (held.health) return *held.health == kDown ? stats::op_stopped : stats::op_stopping;
  const bool found = checked(row) && row.operational != stats::op_starting;
  return found ? row.operational : stats::op_running;
}

std::uint32_t check_of(const HeldServer& held, const stats::ServerState& row) {
  const std::uint32_t configured = row.check_state & stats::check_configured;
  return held.health || configured == 0 ? configured : configured | stats::check_enabled;
}

std::uint32_t agent_of(const HeldServer& held, const stats::ServerState& row) {
  constexpr std::uint32_t kAgent = 16;
  const std::uint32_t configured = row.agent_state & (stats::check_configured | kAgent);
  return held.agent_off || configured == 0 ? configured : configured | stats::check_enabled;
}

// HAProxy finds backend and server by name; their ids need not be right. No check has ended (status
// 1, result 0). The second since the last change is before the start of the process that reads it,
// which tells that the row came from a file.
std::string state_row(const HeldServer& held, const stats::ServerState& row) {
  const std::uint32_t weight =
      held.weight ? absolute_weight(*held.weight, row.initial_weight) : row.initial_weight;
  return fmt::format("{} {} 1 {} - {} {} {} {} 1 1 0 0 {} {} 0 0 - {} -\n", row.backend_id,
                     held.backend, held.server, operational_of(held, row), admin_of(held), weight,
                     row.initial_weight, check_of(held, row), agent_of(held, row), row.port);
}

}  // namespace

std::string render_hold_file(std::span<const HeldServer> held, Time now,
                             std::chrono::milliseconds lasts) {
  std::string text(kHoldVersion);
  for (const HeldServer* each : by_name(held)) {
    if (each->expires <= now) continue;
    const auto expires =
        std::chrono::floor<std::chrono::seconds>(std::min(each->expires, now + lasts));
    text += fmt::format("{} {} {}{}\n", expires.time_since_epoch().count(), each->backend,
                        each->server, hold_words(*each));
  }
  return text;
}

std::string render_state_file(std::span<const HeldServer> held, const View& view) {
  std::string text = empty_state_file();
  for (const HeldServer* each : by_name(held)) {
    const auto* row = view.find({each->backend, each->server});
    if (row != nullptr) text += state_row(*each, *row);
  }
  return text;
}

std::string empty_state_file() { return std::string(kStateHeader); }

}  // namespace steward::control
