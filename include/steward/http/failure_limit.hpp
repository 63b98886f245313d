// How often a source may fail to prove who it is.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace steward::http {

// A bucket of limits::kAuthFailures tokens a source, refilled within a minute. Not thread-safe.
class FailureLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Counts a failure. False: the source has failed too often already.
  [[nodiscard]] bool take(const std::string& source, Time now);

 private:
  std::map<std::string, Time> full_at_;  // when the source's bucket is full again
};

}  // namespace steward::http
