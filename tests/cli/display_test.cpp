#include "steward/cli/display.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sstream>

using namespace steward::cli;

TEST_CASE("in a pipe there is a line for each change, and no control code") {
  std::ostringstream out;
  {
    Display display(out, nullptr);
    display.show({"drain a", 0, "2 sessions left", std::chrono::seconds(5)});
    display.show({"drain a", 0, "2 sessions left", std::chrono::seconds(4)});
    display.show({"drain a", 0.5, "1 session left", {}});
    display.rest();
    display.show({"drain a", 0.5, "1 session left", {}});
  }
  CHECK(out.str() == "drain a: 2 sessions left\ndrain a: 1 session left\n");
}

TEST_CASE("on a terminal one line is drawn anew, and stays when it is over") {
  std::ostringstream out;
  std::size_t width = 60;
  {
    Display display(out, [&width] { return width; });
    display.show({"a", 0, "x", {}});
    display.show({"a", 0, "x", {}});
    width = 10;
    display.show({"a", 1, "y", {}});
    display.rest();
    display.rest();
  }
  CHECK(out.str() ==
        "\ra  [------------------------------]   0%  x\x1b[K"
        "\ra  y\x1b[K\n");
}

TEST_CASE("what is drawn when all ends gets its line end") {
  std::ostringstream out;
  {
    Display(out, [] { return std::size_t{9}; }).show({"a", 0, "", {}});
  }
  CHECK(out.str() == "\ra\x1b[K\n");
}
