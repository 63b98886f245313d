#include "steward/http/failure_limit.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/base/limits.hpp"

using namespace steward;
using namespace steward::http;
using namespace std::chrono_literals;

namespace {

const FailureLimit::Time kStart(1h);

unsigned takes(FailureLimit& limit, const std::string& source, FailureLimit::Time now) {
  unsigned taken = 0;
  while (limit.take(source, now)) ++taken;
  return taken;
}

}  // namespace

TEST_CASE("a source may fail so often at once, then one time less each interval") {
  FailureLimit limit;
  CHECK(takes(limit, "10.0.0.1", kStart) == limits::kAuthFailures);
  const auto interval = 60s / limits::kAuthFailures;
  CHECK(takes(limit, "10.0.0.1", kStart + interval - 1ns) == 0);
  CHECK(takes(limit, "10.0.0.1", kStart + interval) == 1);
  CHECK(takes(limit, "10.0.0.1", kStart + 10min) == limits::kAuthFailures);
}

TEST_CASE("sources do not pay for each other") {
  FailureLimit limit;
  CHECK(takes(limit, "10.0.0.1", kStart) == limits::kAuthFailures);
  CHECK(takes(limit, "10.0.0.2", kStart) == limits::kAuthFailures);
}

TEST_CASE("what is remembered of strangers is bounded") {
  FailureLimit limit;
  for (std::size_t i = 0; i < limits::kAuthSources; ++i) {
    if (!limit.take(std::to_string(i), kStart)) FAIL("source " << i);
  }
  unsigned shared = 0;
  for (int i = 0; i < 100; ++i) {
    shared += limit.take("new" + std::to_string(i), kStart) ? 1U : 0U;
  }
  CHECK(shared == limits::kAuthFailures);
  CHECK(takes(limit, "0", kStart) == limits::kAuthFailures - 1);  // who is known keeps their own
  CHECK(takes(limit, "later", kStart + 2min) == limits::kAuthFailures);
  CHECK(takes(limit, "and another", kStart + 2min) == limits::kAuthFailures);
}
