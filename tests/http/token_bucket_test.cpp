#include "steward/http/token_bucket.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using steward::http::TokenBucket;

TEST_CASE("a burst passes at once, then one an interval") {
  const TokenBucket::Time start{};
  TokenBucket bucket({100ms, 3}, start);
  for (int i = 0; i < 3; ++i) CHECK(bucket.take(start));
  CHECK_FALSE(bucket.take(start));
  CHECK_FALSE(bucket.take(start + 99ms));
  CHECK(bucket.take(start + 100ms));
  CHECK_FALSE(bucket.take(start + 150ms));
  CHECK(bucket.take(start + 200ms));
}

TEST_CASE("it never holds more than the burst") {
  const TokenBucket::Time start{};
  TokenBucket bucket({1s, 2}, start);
  const auto later = start + 1h;
  CHECK(bucket.take(later));
  CHECK(bucket.take(later));
  CHECK_FALSE(bucket.take(later));
}
