// The small answers: `show table` and `show resolvers`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steward/base/result.hpp"

namespace steward::stats {

struct StickTable {
  std::string name, type;
  std::uint64_t size = 0, used = 0;
};
// Lines "# table: NAME, type: TYPE, size:N, used:N"; keys to come are skipped.
[[nodiscard]] Result<std::vector<StickTable>> parse_tables(std::string_view answer);

struct Nameserver {
  std::string resolver, name;
  // promex's names (sent, send_error, valid …); the command line's snd_error is send_error.
  std::vector<std::pair<std::string, std::uint64_t>> counters;
};
[[nodiscard]] Result<std::vector<Nameserver>> parse_resolvers(std::string_view answer);

}  // namespace steward::stats
