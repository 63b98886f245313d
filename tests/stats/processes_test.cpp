#include "steward/stats/processes.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/fixture.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::stats;
using namespace std::chrono_literals;

TEST_CASE("the workers of three versions of HAProxy are told, old ones as such") {
  for (const char* version : {"2.6", "3.0", "3.2"}) {
    INFO(version);
    const auto workers = REQUIRE_OK(
        parse_processes(test::read_fixture(std::string("processes/") + version + ".txt")));
    REQUIRE(workers.size() == 2);
    CHECK_FALSE(workers[0].old);
    CHECK(workers[1].old);
    CHECK(workers[1].reloads == 1);
    CHECK(workers[1].version.starts_with(version));
    CHECK(workers[1].uptime < 10s);
  }
}

TEST_CASE("uptimes have days, hours, minutes and seconds") {
  const auto workers = REQUIRE_OK(parse_processes(
      "#<PID> <type> <reloads> <uptime> <version>\n7 worker 2 3d04h05m06s 3.0\n\n"));
  REQUIRE(workers.size() == 1);
  CHECK(workers[0].pid == 7);
  CHECK(workers[0].uptime == 72h + 4h + 5min + 6s);
}

TEST_CASE("the column 2.4 has more does no harm") {
  const auto workers = REQUIRE_OK(parse_processes(
      "#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>\n"
      "8               worker          1               0               0d00h00m01s     2.4.0\n\n"));
  REQUIRE(workers.size() == 1);
  CHECK(workers[0].reloads == 0);
  CHECK(workers[0].uptime == 1s);
}

TEST_CASE("what is not a list of processes is an error") {
  CHECK_FALSE(parse_processes("#<PID> <type>\n"));
  CHECK_FALSE(parse_processes("\n"));
  CHECK_FALSE(parse_processes("Permission denied\n\n"));
  CHECK_FALSE(
      parse_processes("#<PID> <type> <reloads> <uptime> <version>\nx worker 0 0d00h00m01s 3\n\n"));
  CHECK_FALSE(parse_processes("#<PID> <type> <reloads> <uptime> <version>\n7 worker 0 soon 3\n\n"));
}
