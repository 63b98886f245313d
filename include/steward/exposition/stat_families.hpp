// The table of the families made from `show stat`: promex's (up to HAProxy 3.5), the steward's
// own, and those of the retired exporter.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "steward/exposition/family.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::exposition {

// Bits of StatFamily::kinds.
constexpr std::uint8_t bit(stats::Kind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

// How the value of a row is had.
enum class Source : std::uint8_t {
  number,        // a column as it is
  milliseconds,  // a column, in seconds
  result_code,   // a column; 0 where a check ran and gave no code, as promex does
  status,        // one 0/1 series for each state the row can have
  check_status,  // one 0/1 series for each result a check can have
  agent_status,
  servers_by_status,  // of a backend: how many of its servers are in each state
  servers_by_check,   // of a backend: how many of its servers' checks ended so
  up,                 // 1 or 0: the retired exporter's
};

// One column of a family that has several, and the label value that tells them apart.
struct LabelledColumn {
  stats::Number column;
  std::string_view label;
};

struct StatFamily {
  std::string_view suffix;  // behind haproxy_frontend_, haproxy_listener_ …
  Type type;
  std::uint8_t kinds;  // which rows have it
  Source source;
  std::span<const LabelledColumn> columns;  // one, or one for each value of label_name
  std::string_view help;
  std::string_view label_name = {};
  bool http_only = false;  // promex leaves these out for proxies in mode tcp
};

// In promex's order.
[[nodiscard]] std::span<const StatFamily> stat_families();

// The names that only the retired haproxy_exporter used (`compat: haproxy_exporter`).
[[nodiscard]] std::span<const StatFamily> legacy_families();

// "haproxy_server_" and the like.
[[nodiscard]] std::string_view prefix_of(stats::Kind kind);

}  // namespace steward::exposition
