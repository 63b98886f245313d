#include "steward/control/value.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;
using namespace steward::control;

TEST_CASE("values are read and written in HAProxy's words") {
  CHECK(parse_value(Setting::state, "drain") == Value{Setting::state, kDrain});
  CHECK(parse_value(Setting::weight, "0") == Value{Setting::weight, 0});
  CHECK(parse_value(Setting::weight, "256") == Value{Setting::weight, 256});
  CHECK(parse_value(Setting::weight, "50%") == Value{Setting::weight, 50, true});
  CHECK(parse_value(Setting::health, "stopping") == Value{Setting::health, kStopping});
  CHECK(parse_value(Setting::checks, "disabled") == Value{Setting::checks, kDisabled});
  for (const char* text : {"ready", "drain", "maint"}) {
    CHECK(to_string(*parse_value(Setting::state, text)) == text);
  }
  CHECK(to_string(Value{Setting::weight, 25, true}) == "25%");
}

TEST_CASE("a weight out of range or out of shape is refused") {
  for (const char* text : {"257", "-1", "300%", "101%", "+1", " 1", "1 ", "1.5", "", "%", "0x10",
                           "99999999999", "1;2", "50%%"}) {
    CAPTURE(text);
    CHECK(!parse_value(Setting::weight, text));
  }
}

TEST_CASE("nobody asks for the health that checks decide, nor for a word of another setting") {
  CHECK(!parse_value(Setting::health, "by-checks"));
  CHECK(!parse_value(Setting::health, "frozen"));
  CHECK(!parse_value(Setting::state, "up"));
  CHECK(!parse_value(Setting::state, "DRAIN"));
}

TEST_CASE("a setting has so many levels and no more") {
  CHECK(highest_level(Setting::state) == kMaint);
  CHECK(highest_level(Setting::weight) == 256);
  CHECK(highest_level(Setting::health) == kDown);
  CHECK(highest_level(Setting::checks) == kDisabled);
  CHECK(highest_level(Setting::agent) == kDisabled);
}

TEST_CASE("a percentage never takes a server out by rounding") {
  const auto percent = [](std::uint16_t level) { return Value{Setting::weight, level, true}; };
  CHECK(absolute_weight(percent(50), 1) == 1);
  CHECK(absolute_weight(percent(50), 100) == 50);
  CHECK(absolute_weight(percent(33), 10) == 3);
  CHECK(absolute_weight(percent(0), 100) == 0);
  CHECK(absolute_weight(percent(100), 256) == 256);
  CHECK(absolute_weight(percent(50), 0) == 0);
  CHECK(absolute_weight({Setting::weight, 7}, 100) == 7);
}
