#include "steward/base/duration.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/base/limits.hpp"

using namespace steward;
using namespace std::chrono_literals;

TEST_CASE("a duration is written as Prometheus writes it") {
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("1m30s") == 90s);
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("2h") == 2h);
  CHECK(parse_duration("1d") == 24h);
  CHECK(parse_duration("1w") == 168h);
  CHECK(parse_duration("1y1w1d1h1m1s1ms") == 24h * 373 + 1h + 1min + 1s + 1ms);
  CHECK(parse_duration("90m") == 90min);
  CHECK(parse_duration("0") == 0ms);
  CHECK(parse_duration("0s") == 0ms);
  CHECK(parse_duration("007s") == 7s);
}

TEST_CASE("what is not a duration is refused, and quoted") {
  for (const char* bad : {"", " ", "5", "-5s", "+5s", "5 s", " 5s", "5s ", "s", "1.5s", "5S",
                          "5sec", "30s1m", "1s1s", "5s3", "1h m", "1ms1s", "00", "0x5s"}) {
    INFO(bad);
    const auto duration = parse_duration(bad);
    REQUIRE_FALSE(duration);
    CHECK(duration.error().code == ErrorCode::invalid);
    CHECK(duration.error().message ==
          fmt::format("'{}' is not a duration; write 5s, 1m30s, 250ms or 2h", bad));
  }
  CHECK(parse_duration("5\x1b").error().message.find("\\x1b") != std::string::npos);
}

TEST_CASE("a duration ends at its limit, however it is written") {
  CHECK(parse_duration("10y") == limits::kDurationMax);
  CHECK(parse_duration("315360000000ms") == limits::kDurationMax);
  for (const char* bad : {"10y1ms", "315360000001ms", "11y", "9223372036854775807y",
                          "99999999999999999999999s", "9y9999999999s"}) {
    INFO(bad);
    const auto duration = parse_duration(bad);
    REQUIRE_FALSE(duration);
    CHECK(duration.error().code == ErrorCode::limit);
    CHECK(duration.error().message == fmt::format("'{}' is longer than 10y", bad));
  }
}

TEST_CASE("durations are formatted as they are read") {
  for (const char* text : {"0s", "1ms", "250ms", "5s", "1m30s", "2h", "1d", "8d", "1w", "1y",
                           "366d", "1d1h1m1s1ms", "10y"}) {
    CHECK(format_duration(*parse_duration(text)) == text);
  }
  CHECK(format_duration(90min) == "1h30m");
}
