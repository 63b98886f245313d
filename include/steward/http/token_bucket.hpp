// exporter-toolkit's rate_limit: one request an interval, a burst at once.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

#include "steward/config/web_config.hpp"

namespace steward::http {

// Starts full. Thread-safe; time is the caller's and must not go back.
class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  TokenBucket(const config::RateLimit& limit, Time now) : limit_(limit), full_at_(now) {}

  // Whether one more request may pass now; takes its token if so.
  [[nodiscard]] bool take(Time now) {
    const std::lock_guard lock(mutex_);
    const Time begin = std::max(full_at_, now);
    if (begin + limit_.interval > now + limit_.interval * limit_.burst) return false;
    full_at_ = begin + limit_.interval;
    return true;
  }

  [[nodiscard]] const config::RateLimit& limit() const { return limit_; }

 private:
  const config::RateLimit limit_;
  std::mutex mutex_;
  Time full_at_;  // when the bucket would be full again: a token missing is an interval of waiting
};

}  // namespace steward::http
