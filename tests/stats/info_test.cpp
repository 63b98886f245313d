#include "steward/stats/info.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "support/fixture.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::stats;

TEST_CASE("info is found by HAProxy's keys, as text and as number") {
  const Info info = REQUIRE_OK(parse_info("Name: HAProxy\nVersion: 3.2.26-1\nPid: 42\n\n"));
  CHECK(info.find("Version") == "3.2.26-1");
  CHECK(info.number("Pid") == 42);
  CHECK_FALSE(info.number("Version"));
  CHECK_FALSE(info.find("node"));
}

TEST_CASE("free text keeps its colons, and may be empty") {
  const Info info = REQUIRE_OK(parse_info("Version: 3\ndescription: a: \"b\"; c\nnode:\n\n"));
  CHECK(info.find("description") == "a: \"b\"; c");
  CHECK(info.find("node") == "");
}

TEST_CASE("free text that HAProxy quoted is unquoted") {
  const Info info =
      REQUIRE_OK(parse_info("Version: 3\ndescription: \"the \"\"first\"\" edge\"\n\n"));
  CHECK(info.find("description") == "the \"first\" edge");
}

TEST_CASE("what eight versions of HAProxy say of themselves is understood") {
  const std::string version = GENERATE(from_range(test::captured_versions()));
  INFO(version);
  const Info info =
      REQUIRE_OK(parse_info(test::read_fixture("captures/" + version + "/show_info.txt")));
  CHECK(info.find("Version")->starts_with(version));
  CHECK(info.find("node") == "edge-1");
  CHECK(info.number("Maxconn") == 2'000);
}

TEST_CASE("info that was cut, refused or is something else is an error that says so") {
  const auto code = [](std::string_view answer) {
    const auto info = parse_info(answer);
    REQUIRE_FALSE(info);
    return info.error().code;
  };
  CHECK(code("") == ErrorCode::malformed);
  CHECK(code("Version: 3\nPid: 4") == ErrorCode::malformed);
  CHECK(code("Version: 3\n") == ErrorCode::malformed);
  CHECK(code("Permission denied\n\n") == ErrorCode::refused);
  CHECK(code("Unknown command: 'show', but maybe one of these\n\n") == ErrorCode::refused);
  CHECK(code("<html>\n<body>\n\n") == ErrorCode::malformed);
  CHECK(code("\n") == ErrorCode::malformed);
}
