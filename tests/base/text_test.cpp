#include "steward/base/text.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;

TEST_CASE("to_utf8 keeps what is UTF-8 and replaces each bad part once") {
  CHECK(to_utf8("plain") == "plain");
  CHECK(to_utf8("z\xC3\xBCrich") == "z\xC3\xBCrich");
  CHECK(to_utf8("\xFF") == "\xEF\xBF\xBD");
  CHECK(to_utf8("a\xC3") == "a\xEF\xBF\xBD");
  CHECK(to_utf8("\xE2\x82"
                "a") ==
        "\xEF\xBF\xBD"
        "a");
}

TEST_CASE("to_utf8 refuses overlong forms, surrogates and what is past U+10FFFF") {
  CHECK(to_utf8("\xC0\xAF").find("\xC0") == std::string::npos);
  CHECK(to_utf8("\xED\xA0\x80").find("\xED") == std::string::npos);
  CHECK(to_utf8("\xF4\x90\x80\x80").find("\xF4") == std::string::npos);
}

TEST_CASE("printable leaves no control character and no bad byte in a line") {
  CHECK(printable("a\nb\tc\r") == "a\\nb\\tc\\r");
  CHECK(printable("\x1b[31m") == "\\x1b[31m");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(printable("\xC2\x9B") == "\\u009b");
  CHECK(printable("\x7f") == "\\x7f");
  CHECK(printable("a\u2028b\u202ec\u2066d\u2069") == "a\\u2028b\\u202ec\\u2066d\\u2069");
  CHECK(printable("\u2027\u202f\u2065\u206a") == "\u2027\u202f\u2065\u206a");
}

TEST_CASE("printable cuts what is too long and says so") {
  CHECK(printable("abcdef", 3) == "abc…");
  CHECK(printable("abc", 3) == "abc");
}

TEST_CASE("split keeps empty parts") {
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("parse_number takes a whole decimal number and nothing else") {
  CHECK(parse_number<int>("-12") == -12);
  CHECK(parse_number<unsigned>("300") == 300U);
  CHECK_FALSE(parse_number<int>(""));
  CHECK_FALSE(parse_number<int>(" 1"));
  CHECK_FALSE(parse_number<int>("1x"));
  CHECK_FALSE(parse_number<int>("+1"));
  CHECK_FALSE(parse_number<std::uint16_t>("65536"));
}
