#include "steward/stats/servers_state.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "support/fixture.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::stats;

namespace {

const std::string kStateHeader =
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "
    "srv_iweight srv_check_state srv_agent_state srv_fqdn srv_port srv_new\n";
const std::string kRow = "3 web 1 web1 127.0.0.1 2 8 37 100 6 0 - 80 x\n";

ErrorCode code_of(const std::string& answer) {
  const auto state = parse_servers_state(answer);
  REQUIRE_FALSE(state);
  return state.error().code;
}

}  // namespace

TEST_CASE("a server's state is found by the header's names") {
  const auto state = REQUIRE_OK(parse_servers_state(kStateHeader + kRow + "\n"));
  REQUIRE(state.rows().size() == 1);
  const ServerState& web1 = state.rows()[0];
  CHECK(web1.backend == "web");
  CHECK(web1.name == "web1");
  CHECK(web1.address == "127.0.0.1");
  CHECK(web1.fqdn.empty());
  CHECK(web1.port == 80);
  CHECK(web1.user_weight == 37);
  CHECK(web1.initial_weight == 100);
  CHECK(web1.drained());
}

TEST_CASE("bits 4 and 64 mean nothing by themselves, maintenance goes before drain") {
  ServerState state;
  for (const std::uint32_t idle : {0U, 4U, 64U, 68U}) {
    state.admin = idle;
    CHECK_FALSE(state.in_maint());
    CHECK_FALSE(state.drained());
  }
  for (const std::uint32_t maint : {1U, 2U, 32U, 5U, 9U}) {
    state.admin = maint;
    CHECK(state.in_maint());
    CHECK_FALSE(state.drained());
  }
  for (const std::uint32_t drain : {8U, 16U, 12U}) {
    state.admin = drain;
    CHECK(state.drained());
  }
}

TEST_CASE("the answers for several backends may be chained") {
  const auto state = REQUIRE_OK(parse_servers_state(kStateHeader + kRow + "\n" + kStateHeader +
                                                    "4 api 1 a1 - 0 32 1 1 0 0 - 0 x\n\n"));
  REQUIRE(state.rows().size() == 2);
  CHECK(state.rows()[1].backend == "api");
  CHECK(state.rows()[1].address.empty());
}

TEST_CASE("the rows outlive a move of what owns their text") {
  ServersState state = REQUIRE_OK(parse_servers_state(kStateHeader + kRow + "\n"));
  const ServersState moved = std::move(state);
  CHECK(moved.rows()[0].name == "web1");
}

TEST_CASE("an answer without servers is whole") {
  CHECK(REQUIRE_OK(parse_servers_state(kStateHeader + "\n")).rows().empty());
}

TEST_CASE("states that are cut, refused or malformed are errors that say where") {
  CHECK(code_of(kStateHeader + kRow) == ErrorCode::malformed);
  CHECK(code_of("Can't find backend.\n\n") == ErrorCode::refused);
  CHECK(code_of("\n") == ErrorCode::malformed);
  CHECK(code_of(kRow + "\n") == ErrorCode::malformed);
  CHECK(code_of("1\n# be_id be_name\n1 web\n\n") == ErrorCode::malformed);
  const auto few = parse_servers_state(kStateHeader + "3 web 1 web1\n\n");
  REQUIRE_FALSE(few);
  CHECK(few.error().message.find("line 3: 4 fields") != std::string::npos);
  CHECK(code_of(kStateHeader + "3 web 1 web1 127.0.0.1 2 eight 37 100 6 0 - 80 x\n\n") ==
        ErrorCode::malformed);
  CHECK(code_of(kStateHeader + "3 web 1 web1 127.0.0.1 2 -8 37 100 6 0 - 80 x\n\n") ==
        ErrorCode::malformed);
}

TEST_CASE("what eight versions of HAProxy say of their servers is understood") {
  const std::string version = GENERATE(from_range(test::captured_versions()));
  INFO(version);
  const auto state = REQUIRE_OK(
      parse_servers_state(test::read_fixture("captures/" + version + "/show_servers_state.txt")));
  REQUIRE(state.rows().size() == 16);
  CHECK(state.rows()[5].drained());
  CHECK(state.rows()[6].in_maint());
  CHECK(state.rows()[14].fqdn == "db.example.org");
}
