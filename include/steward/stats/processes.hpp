// `show proc` of the master socket.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"

namespace steward::stats {

struct Worker {
  std::int64_t pid = 0;
  std::uint32_t reloads = 0;
  std::chrono::seconds uptime{0};
  std::string version;
  bool old = false;  // below "# old workers": it only finishes what it has
};
// `show proc` of the master socket: its workers; the master itself and programs are left out.
[[nodiscard]] Result<std::vector<Worker>> parse_processes(std::string_view answer);

}  // namespace steward::stats
