#include "steward/cli/progress.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>

#include "steward/cli/table.hpp"

using namespace steward::cli;
using namespace std::chrono_literals;

namespace {

const Progress kDrain{"drain web/web1", 0.5, "12 sessions left", 4min + 29'500ms};

}  // namespace

TEST_CASE("a bar says what, how far, what is left and how long it may take") {
  CHECK(bar_line(kDrain, 100) ==
        "drain web/web1  [###############---------------]  50%  12 sessions left  4m30s left");
  CHECK(bar_line({"add web/web9", 0, "adding", {}}, 70) ==
        "add web/web9  [------------------------------]   0%  adding");
  CHECK(bar_line({"add web/web9", 1, "", {}}, 70) ==
        "add web/web9  [##############################] 100%");
}

TEST_CASE("a bar is as wide as there is room, then it goes, then the text is cut") {
  CHECK(bar_line(kDrain, 72) ==
        "drain web/web1  [#########---------]  50%  12 sessions left  4m30s left");
  CHECK(bar_line(kDrain, 63) == "drain web/web1  [####-----]  50%  12 sessions left  4m30s left");
  CHECK(bar_line(kDrain, 60) == "drain web/web1  12 sessions left  4m30s left");
  CHECK(bar_line(kDrain, 20) == "drain web/web1  12…");
  CHECK(bar_line(kDrain, 2) == "…");
  CHECK(bar_line(kDrain, 1).empty());
  CHECK(bar_line(kDrain, 0).empty());
}

TEST_CASE("no line is as wide as the terminal, whatever letters it has") {
  for (std::size_t width = 1; width < 120; ++width) {
    for (const char* what :
         {"drain web/web1", "日本語日本語日本語", "e\xCC\x81\xCC\x81\xCC\x81", "\xFF\xFF\x1b"}) {
      const Progress progress{what, 0.3, "日本 3 sessions left", 10s};
      CAPTURE(width, what);
      CHECK(display_width(bar_line(progress, width)) < width);
    }
  }
}

TEST_CASE("parts out of their range are at its ends, and time over is none left") {
  CHECK(bar_line({"x", 1.7, "", {}}, 25) == "x  [##############] 100%");
  CHECK(bar_line({"x", -2, "", -5s}, 32) == "x  [------------]   0%  0s left");
  CHECK(bar_line({"x", std::numeric_limits<double>::quiet_NaN(), "", {}}, 25) ==
        "x  [--------------]   0%");
}

TEST_CASE("a line for a pipe has the words only") {
  CHECK(plain_line(kDrain) == "drain web/web1: 12 sessions left");
  CHECK(plain_line({"add web/web9", 0, "", {}}) == "add web/web9");
}

TEST_CASE("names can neither break the line nor move the cursor") {
  const Progress progress{"a\n\x1b[2J", 0, "b\r\xFF", {}};
  CHECK(plain_line(progress) == "a\\n\\x1b[2J: b\\r\xEF\xBF\xBD");
  CHECK(bar_line(progress, 24) == "a\\n\\x1b[2J  b\\r\xEF\xBF\xBD");
}

TEST_CASE("a bar is for terminals that move their cursor, unless NO_COLOR says something") {
  CHECK(wants_bar(true, nullptr, "xterm"));
  CHECK(wants_bar(true, "", "screen"));
  CHECK_FALSE(wants_bar(true, "1", "xterm"));
  CHECK_FALSE(wants_bar(true, nullptr, "dumb"));
  CHECK_FALSE(wants_bar(true, nullptr, nullptr));
  CHECK_FALSE(wants_bar(true, nullptr, ""));
  CHECK_FALSE(wants_bar(false, nullptr, "xterm"));
}
