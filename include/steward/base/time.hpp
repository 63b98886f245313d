// Points in time as values: pure code takes `now`, only the edge asks a clock.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "steward/base/result.hpp"

namespace steward {

// The wall clock's, in whole milliseconds: what the ledger keeps and the API shows.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

// "2026-11-23T11:18:33.042Z", always UTC, always with milliseconds.
[[nodiscard]] std::string format_time(Time time);

// RFC 3339 with any offset and any number of decimals (further than milliseconds are cut), as
// Alertmanager and format_time write it; years 0001 to 9999. Anything else is invalid.
[[nodiscard]] Result<Time> parse_time(std::string_view text);

}  // namespace steward
