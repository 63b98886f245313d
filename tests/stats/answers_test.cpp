#include "steward/stats/answers.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "support/fixture.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::stats;

TEST_CASE("stick tables have a name, a type, a size and a number of entries") {
  const auto tables = REQUIRE_OK(parse_tables(
      "# table: db, type: string, size:10240, used:3, later:9\n# table: www, type: ip, size:1024, "
      "used:1\n\n"));
  REQUIRE(tables.size() == 2);
  CHECK(tables[0].name == "db");
  CHECK(tables[0].type == "string");
  CHECK(tables[0].size == 10'240);
  CHECK(tables[1].used == 1);
  CHECK(REQUIRE_OK(parse_tables("\n")).empty());
}

TEST_CASE("stick tables that are cut, refused or malformed are errors") {
  CHECK_FALSE(parse_tables(""));
  CHECK_FALSE(parse_tables("# table: db, type: string, size:1, used:3\n"));
  CHECK_FALSE(parse_tables("Permission denied\n\n"));
  CHECK_FALSE(parse_tables("# table: db, type: string, size:many, used:3\n\n"));
  CHECK_FALSE(parse_tables("# table: db, type: string\n\n"));
  CHECK_FALSE(parse_tables("<html></html>\n\n"));
}

TEST_CASE("nameservers have promex's names for their counters") {
  const auto servers = REQUIRE_OK(parse_resolvers(
      "Resolvers section dns\n nameserver ns1:\n  sent:        6\n  snd_error:   2\n"
      " nameserver ns2:\n  sent: 0\nResolvers section default\n nameserver "
      "::1:\n  sent: 1\n\n"));
  REQUIRE(servers.size() == 3);
  CHECK(servers[0].resolver == "dns");
  CHECK(servers[0].name == "ns1");
  CHECK(servers[0].counters ==
        std::vector<std::pair<std::string, std::uint64_t>>{{"sent", 6}, {"send_error", 2}});
  CHECK(servers[2].resolver == "default");
  CHECK(servers[2].name == "::1");
}

TEST_CASE("resolvers that are cut, refused or malformed are errors") {
  CHECK_FALSE(parse_resolvers("Resolvers section dns\n nameserver ns1:\n  sent: 6\n"));
  CHECK_FALSE(parse_resolvers("Unknown command: 'show'\n\n"));
  CHECK_FALSE(parse_resolvers("  sent: 6\n\n"));
  CHECK_FALSE(parse_resolvers(" nameserver a:\n  sent: -6\n\n"));
  CHECK_FALSE(parse_resolvers(" nameserver a:\n  sent\n\n"));
}

TEST_CASE("what eight versions of HAProxy answer is understood") {
  const std::string version = GENERATE(from_range(test::captured_versions()));
  INFO(version);
  const std::string folder = "captures/" + version + "/";
  CHECK(REQUIRE_OK(parse_tables(test::read_fixture(folder + "show_table.txt"))).size() == 2);
  const auto servers =
      REQUIRE_OK(parse_resolvers(test::read_fixture(folder + "show_resolvers.txt")));
  REQUIRE_FALSE(servers.empty());
  CHECK(servers[0].counters.size() == 15);
  CHECK(servers[0].counters[1].first == "send_error");
}
