#include "steward/cli/table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace steward::cli;

namespace {

const Table kTwo{{{"NAME"}, {"COUNT", Align::right}}, {{{"web"}, {"7"}}, {{"reports"}, {"1200"}}}};

}  // namespace

TEST_CASE("columns are as wide as their widest cell, numbers stand to the right") {
  CHECK(to_text(kTwo, false) ==
        "NAME     COUNT\n"
        "web          7\n"
        "reports   1200\n");
}

TEST_CASE("no line of a table ends in a blank") {
  const Table table{{{"A"}, {"B"}, {"C", Align::right}},
                    {{{"x"}, {""}, {""}}, {{""}, {"long"}, {""}}, {{"y"}, {""}, {"1"}}}};
  CHECK(to_text(table, false) ==
        "A  B     C\n"
        "x\n"
        "   long\n"
        "y        1\n");
}

TEST_CASE("a table without titles has no line for them, one without rows only that") {
  CHECK(to_text({{{}, {}}, {{{"a"}, {"b"}}}}, false) == "a  b\n");
  CHECK(to_text({{{"A"}, {"B"}}, {}}, false) == "A  B\n");
  CHECK(to_text({{{}, {}}, {}}, false).empty());
}

TEST_CASE("columns are aligned by what a terminal shows, not by bytes") {
  const Table table{{{"NAME"}, {"N"}},
                    {{{"grün"}, {"1"}}, {{"日本"}, {"2"}}, {{"e\xCC\x81t\xC3\xA9"}, {"3"}}}};
  CHECK(to_text(table, false) ==
        "NAME  N\n"
        "grün  1\n"
        "日本  2\n"
        "e\xCC\x81t\xC3\xA9   3\n");
}

TEST_CASE("letters are counted by the places they take") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("ü") == 1);
  CHECK(display_width("…") == 1);
  CHECK(display_width("漢字") == 4);
  CHECK(display_width("e\xCC\x81") == 1);
  CHECK(display_width("\xF0\x9F\x94\xA5") == 2);  // a flame
  CHECK(display_width("\xEF\xBF\xBD") == 1);      // U+FFFD
}

TEST_CASE("a cell can neither break a line nor move the cursor") {
  const Table table{{{"NAME"}, {"N"}}, {{{"a\n\x1b[2Jb"}, {"1"}}, {{"\xFF\xC2\x9B"}, {"2"}}}};
  CHECK(to_text(table, true) ==
        "NAME         N\n"
        "a\\n\\x1b[2Jb  1\n"
        "\xEF\xBF\xBD\\u009b      2\n");
}

TEST_CASE("colour is around the text only, and does not count as width") {
  const Table table{{{"A"}, {"B"}},
                    {{{"up", Tone::good}, {"1"}},
                     {{"drain", Tone::warning}, {"2"}},
                     {{"", Tone::bad}, {"3", Tone::bad}}}};
  CHECK(to_text(table, true) ==
        "A      B\n"
        "\x1b[32mup\x1b[0m     1\n"
        "\x1b[33mdrain\x1b[0m  2\n"
        "       \x1b[31m3\x1b[0m\n");
  CHECK(to_text(table, false).find('\x1b') == std::string::npos);
}

TEST_CASE("colour is for terminals, unless NO_COLOR says something") {
  CHECK(wants_colour(true, nullptr));
  CHECK(wants_colour(true, ""));
  CHECK_FALSE(wants_colour(true, "1"));
  CHECK_FALSE(wants_colour(false, nullptr));
}
