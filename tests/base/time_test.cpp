#include "steward/base/time.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/require_ok.hpp"

using namespace steward;
using namespace std::chrono_literals;

TEST_CASE("a time is written in UTC with milliseconds and read back") {
  const Time time{1'795'432'713'042ms};
  CHECK(format_time(time) == "2026-11-23T11:18:33.042Z");
  CHECK(parse_time(format_time(time)) == time);
  CHECK(format_time(Time{}) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("times of other programs are understood") {
  const Time time{1'795'432'713'000ms};
  for (const char* text : {"2026-11-23T11:18:33Z", "2026-11-23t11:18:33z", "2026-11-23 11:18:33Z",
                           "2026-11-23T13:18:33+02:00", "2026-11-23T06:48:33-04:30"}) {
    CHECK(parse_time(text) == time);
  }
  CHECK(parse_time("2026-11-23T11:18:33.5Z") == time + 500ms);
  CHECK(parse_time("2026-11-23T11:18:33.123456789Z") == time + 123ms);
}

TEST_CASE("the time Alertmanager gives to what has not ended is one, too") {
  const auto zero = parse_time("0001-01-01T00:00:00Z");
  REQUIRE(zero);
  CHECK(*zero < Time{});
  CHECK(format_time(*zero) == "0001-01-01T00:00:00.000Z");
}

TEST_CASE("what is no time is refused") {
  for (const char* text :
       {"", "now", "2026-11-23", "2026-11-23T11:18:33", "2026-13-23T11:18:33Z",
        "2026-02-30T11:18:33Z", "2026-11-23T24:00:00Z", "2026-11-23T11:60:33Z",
        "2026-11-23T11:18:33.Z", "2026-11-23T11:18:33Zx", "0000-11-23T11:18:33Z",
        "2026-11-23T11:18:33+2:00", "-026-11-23T11:18:33Z", "2026-11-23T11:18:33.1234567890123Z"}) {
    CAPTURE(text);
    CHECK(!parse_time(text));
  }
}
