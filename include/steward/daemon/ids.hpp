// Identifiers that sort by time.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

#include "steward/base/time.hpp"

namespace steward::daemon {

// ULIDs (26 letters of Crockford's base 32: 48 bits of milliseconds, 80 of chance), each greater
// than the one before, also within a millisecond and when the clock goes back. Thread-safe.
class Ids {
 public:
  // Throws std::runtime_error when the system has no randomness.
  [[nodiscard]] std::string next(Time now);

 private:
  std::mutex mutex_;
  std::uint64_t last_time_ = 0;
  std::array<std::uint8_t, 10> chance_{};
};

}  // namespace steward::daemon
