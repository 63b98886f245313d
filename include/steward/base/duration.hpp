// Durations as Prometheus writes them: "5s", "1m30s", "250ms", "2h", "1d", "1w", "1y".
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "steward/base/result.hpp"

namespace steward {

// Units from the largest to the smallest, each at most once: y (365d), w, d, h, m, s, ms.
// A number without a unit is refused, except "0". Past limits::kDurationMax: ErrorCode::limit;
// anything else wrong: ErrorCode::invalid.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest text parse_duration reads back: "1m30s", "0s". `duration` is not negative.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

}  // namespace steward
