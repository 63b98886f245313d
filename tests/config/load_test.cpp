#include "steward/config/load.hpp"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("placeholder") { CHECK(steward::config::parse("", "f")); }
