#include "steward/cli/table.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward::cli;

TEST_CASE("columns are as wide as their widest cell, numbers stand right, lines end early") {
  CHECK(table_text({{"NAME"}, {"N", Align::right}, {"LAST"}},
                   {{"a", "1000", "x"}, {"longer", "7", ""}}) ==
        "NAME       N  LAST\n"
        "a       1000  x\n"
        "longer     7\n");
}

TEST_CASE("width counts characters, not bytes") {
  CHECK(table_text({{"A"}, {"B"}}, {{"z\xC3\xBC", "1"}, {"xyz", "2"}}) ==
        "A    B\n"
        "z\xC3\xBC   1\n"
        "xyz  2\n");
}

TEST_CASE("a wide letter takes two places") {
  CHECK(table_text({{"A"}, {"B"}}, {{"\xE6\x9D\xB1", "1"}, {"xyz", "2"}}) ==
        "A    B\n"
        "\xE6\x9D\xB1   1\n"
        "xyz  2\n");
}

TEST_CASE("a hostile name can neither break a line nor move the cursor") {
  CHECK(table_text({{"A"}}, {{"a\nb\x1b[2J"}}) == "A\na\\nb\\x1b[2J\n");
}
