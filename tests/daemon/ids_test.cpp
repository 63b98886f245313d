#include "steward/daemon/ids.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;
using namespace steward::daemon;
using namespace std::chrono_literals;

TEST_CASE("an id begins with its time") {
  Ids ids;
  // The example of the ULID specification.
  CHECK(ids.next(Time{1'469'918'176'385ms}).substr(0, 10) == "01ARYZ6S41");
  CHECK(ids.next(Time{1'469'918'176'386ms}).size() == 26);
}

TEST_CASE("each id is greater than those before, whatever the clock does") {
  Ids ids;
  std::string last;
  for (int i = 0; i < 3000; ++i) {
    const Time now{1'800'000'000'000ms + (i % 7 == 0 ? -5s : 1ms * (i / 100))};
    const std::string id = ids.next(now);
    CHECK(id > last);
    last = id;
  }
}
