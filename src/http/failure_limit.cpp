#include "steward/http/failure_limit.hpp"

#include <algorithm>

#include "steward/base/limits.hpp"

namespace steward::http {
namespace {

constexpr auto kInterval = std::chrono::seconds(60) / limits::kAuthFailures;

}  // namespace

bool FailureLimit::take(const std::string& source, Time now) {
  if (full_at_.size() >= limits::kAuthSources) {
    std::erase_if(full_at_, [&](const auto& each) { return each.second <= now; });
  }
  // Beyond so many sources the strangers share one bucket.
  const bool known = full_at_.contains(source) || full_at_.size() < limits::kAuthSources;
  Time& full_at = full_at_[known ? source : std::string()];
  const Time begin = std::max(full_at, now);
  if (begin + kInterval > now + kInterval * limits::kAuthFailures) return false;
  full_at = begin + kInterval;
  return true;
}

}  // namespace steward::http
