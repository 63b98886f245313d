#include "steward/daemon/pacing.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward::daemon;
using steward::config::Pacing;

namespace {

Reading automatic(const Shape& shape) { return plan_reading(Pacing::automatic, shape).reading; }

}  // namespace

TEST_CASE("what the user chose is done, whatever the shape") {
  CHECK(plan_reading(Pacing::off, Shape{100, 10'000, 100}).reading == Reading::at_once);
  CHECK(plan_reading(Pacing::by_proxy, std::nullopt).reading == Reading::by_proxy);
  CHECK(plan_reading(Pacing::throttled, Shape{1, 1, 1}).reading == Reading::throttled);
}

TEST_CASE("auto reads slowly as long as it knows nothing") {
  CHECK(plan_reading(Pacing::automatic, std::nullopt).reading == Reading::throttled);
}

TEST_CASE("auto reads small HAProxies at once") {
  CHECK(automatic({10, 100, 10}) == Reading::at_once);
  CHECK(automatic({}) == Reading::at_once);
}

TEST_CASE("auto reads few backends some at a time, and many or huge ones slowly") {
  CHECK(automatic({100, 10'000, 100}) == Reading::by_proxy);
  CHECK(automatic({400, 800, 2}) == Reading::by_proxy);
  CHECK(automatic({5'000, 10'000, 2}) == Reading::throttled);
  CHECK(automatic({2, 10'000, 9'999}) == Reading::throttled);
}

TEST_CASE("as many backends are read at once as make a good handful of servers") {
  const auto at_once = [](const Shape& shape) {
    return plan_reading(Pacing::by_proxy, shape).backends_at_once;
  };
  CHECK(at_once({100, 10'000, 100}) == 2);
  CHECK(at_once({10, 10'000, 1'000}) == 1);
  CHECK(at_once({500, 10'000, 20}) == 10);
  CHECK(at_once({500, 500, 1}) == 50);
  CHECK(plan_reading(Pacing::by_proxy, std::nullopt).backends_at_once == 1);
}
