#include "steward/daemon/pacing.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward::daemon;
using steward::config::Pacing;

TEST_CASE("what the user chose is done, whatever the shape") {
  CHECK(choose_reading(Pacing::off, Shape{100, 10'000}) == Reading::at_once);
  CHECK(choose_reading(Pacing::by_proxy, std::nullopt) == Reading::by_proxy);
  CHECK(choose_reading(Pacing::throttled, Shape{1, 1}) == Reading::throttled);
}

TEST_CASE("auto reads slowly as long as it knows nothing") {
  CHECK(choose_reading(Pacing::automatic, std::nullopt) == Reading::throttled);
}

TEST_CASE("auto reads small HAProxies at once") {
  CHECK(choose_reading(Pacing::automatic, Shape{10, 100}) == Reading::at_once);
  CHECK(choose_reading(Pacing::automatic, Shape{0, 0}) == Reading::at_once);
}

TEST_CASE("auto reads few large backends one by one, and many small ones slowly") {
  CHECK(choose_reading(Pacing::automatic, Shape{100, 10'000}) == Reading::by_proxy);
  CHECK(choose_reading(Pacing::automatic, Shape{5'000, 10'000}) == Reading::throttled);
  CHECK(choose_reading(Pacing::automatic, Shape{400, 800}) == Reading::throttled);
}
