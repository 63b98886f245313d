#include "steward/cli/servers_view.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "steward/stats/stat_parser.hpp"
#include "support/fixture.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::cli;

namespace {

using Names = std::vector<std::string>;

constexpr const char* kStat =
    "# pxname,svname,type,status,weight,bck,uweight,scur,slim,qcur,rate,check_status,check_code,"
    "check_duration,lastchg,tracked,addr\n"
    "web,web1,2,UP,37,0,37,3,50,0,12,L7OK,200,8,93784,,10.0.0.1:80\n"
    "web,web2,2,DOWN 1/2,100,1,100,0,,4,0,* L4TOUT,,2001,61,,[fd00::2]:80\n"
    "web,BACKEND,1,UP,37,,,3,200,4,12,,,,93784,,\n"
    "api,maint,2,MAINT,1,0,,0,,0,0,,,,0,,\n"
    "api,api2,2,no check,1,0,,0,,0,0,,,,7,web/web2,\n"
    "api,BACKEND,1,UP,1,,,0,200,0,0,,,,7,,\n"
    "empty,BACKEND,1,UP,0,,,0,200,0,0,,,,7,,\n"
    "\n";

constexpr const char* kState =
    "1\n"
    "# be_name srv_name srv_addr srv_port srv_fqdn srv_op_state srv_admin_state srv_uweight "
    "srv_iweight srv_check_state srv_agent_state\n"
    "web web1 10.0.0.1 80 - 2 4 37 100 6 0\n"
    "web web2 fd00::2 80 - 0 8 100 100 6 0\n"
    "api maint - 5432 db.example.org 0 37 1 1 14 0\n"
    "api gone 10.0.0.9 80 - 2 0 1 1 6 0\n"
    "\n";

std::vector<ServerRow> rows(std::optional<std::string_view> backend = {},
                            std::string_view stat = kStat, const std::string& state = kState) {
  return rows_of(REQUIRE_OK(stats::parse_stat(stat)), REQUIRE_OK(stats::parse_servers_state(state)),
                 backend);
}

std::vector<std::string> admin_column(const std::vector<ServerRow>& shown) {
  std::vector<std::string> cells;
  for (const auto& row : table_of(shown).rows) cells.push_back(row.at(4).text);
  return cells;
}

}  // namespace

TEST_CASE("the table of servers is as it always was") {
  CHECK(to_text(table_of(rows()), false) == test::read_fixture("cli/servers.txt"));
}

TEST_CASE("the JSON of servers is as it always was") {
  CHECK(json_of(rows()) == test::read_fixture("cli/servers.json"));
}

TEST_CASE("the servers of one backend are those and no others") {
  const auto shown = rows("api");
  REQUIRE(shown.size() == 2);
  CHECK(shown[0].server == "maint");
  CHECK(shown[1].server == "api2");
  CHECK(rows("empty").empty());
  CHECK(rows("ap").empty());
  CHECK(json_of({}) == "{\n  \"servers\": []\n}\n");
}

TEST_CASE("a server the state does not know has what its counters say, and no more") {
  const auto shown = rows("api");
  CHECK_FALSE(shown[1].admin);
  CHECK_FALSE(shown[1].initial_weight);
  CHECK(shown[1].weight == 1);
}

TEST_CASE("numbers are numbers in JSON, and what is absent is null") {
  const auto json = nlohmann::json::parse(json_of(rows("web")));
  const auto& server = json.at("servers").at(0);
  CHECK(server.at("sessions") == 3);
  CHECK(server.at("session_limit") == 50);
  CHECK(server.at("backup") == false);
  CHECK(server.at("tracked").is_null());
  CHECK(server.at("admin") == nlohmann::json{"config_maint"});
  CHECK(json.at("servers").at(1).at("session_limit").is_null());
}

TEST_CASE("bytes that are not UTF-8 do not keep the JSON from being written") {
  const auto shown = rows({}, "# pxname,svname,type,status\nw\xFF,s\x1b\xC2\x9B,2,UP\n\n");
  const std::string text = json_of(shown);
  CHECK(std::all_of(text.begin(), text.end(),
                    [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  const auto json = nlohmann::json::parse(text);
  CHECK(json.at("servers").at(0).at("backend") == "w\xEF\xBF\xBD");
  CHECK(json.at("servers").at(0).at("server") == "s\x1b\xC2\x9B");
}

TEST_CASE("the table says who put a server in maintenance or drain") {
  const auto with = [](std::optional<std::uint32_t> admin) {
    ServerRow row;
    row.admin = admin;
    return row;
  };
  CHECK(admin_column({with({}), with(0), with(1), with(5), with(2), with(32), with(8), with(16),
                      with(9), with(24)}) ==
        Names{"-", "-", "maint (forced)", "maint (forced, config)", "maint (inherited)",
              "maint (resolution)", "drain (forced)", "drain (inherited)",
              "maint (forced), drain (forced)", "drain (forced, inherited)"});
}

TEST_CASE("a server that is disabled in the configuration but serves is not in maintenance") {
  ServerRow row;
  row.admin = stats::config_maint;
  CHECK(admin_column({row}) == Names{"-"});
}

TEST_CASE("a server's status gives its colour") {
  const auto tone = [](const char* status) {
    ServerRow row;
    row.status = status;
    return table_of({row}).rows.front().at(3).tone;
  };
  CHECK(tone("UP 1/2") == Tone::good);
  CHECK(tone("DOWN (agent)") == Tone::bad);
  CHECK(tone("MAINT (via web/web1)") == Tone::warning);
  CHECK(tone("DRAIN") == Tone::warning);
  CHECK(tone("NOLB") == Tone::warning);
  CHECK(tone("no check") == Tone::plain);
  CHECK(tone("something new") == Tone::plain);
}

TEST_CASE("the last change is shown in at most two units, whatever HAProxy says") {
  const auto shown = [](std::int64_t seconds) {
    ServerRow row;
    row.last_change_seconds = seconds;
    return table_of({row}).rows.front().back().text;
  };
  CHECK(shown(0) == "0s");
  CHECK(shown(59) == "59s");
  CHECK(shown(3'599) == "59m59s");
  CHECK(shown(3'661) == "1h1m");
  CHECK(shown(93'784) == "1d2h");
  CHECK(shown(-1) == "-");
  CHECK(shown(INT64_MAX) == "10y");
}

TEST_CASE("real HAProxies' servers all have a row, with address and state") {
  for (const auto& version : test::captured_versions()) {
    CAPTURE(version);
    const auto shown = rows({}, test::read_fixture("captures/" + version + "/show_stat.csv"),
                            test::read_fixture("captures/" + version + "/show_servers_state.txt"));
    CHECK(shown.size() == 16);
    for (const ServerRow& row : shown) {
      CAPTURE(row.server);
      CHECK((row.address || row.fqdn));
      CHECK(row.admin);
      CHECK(row.initial_weight);
      CHECK(row.status);
    }
  }
}

TEST_CASE("backends are known also without servers") {
  CHECK(backends_of(REQUIRE_OK(stats::parse_stat(kStat))) == Names{"web", "api", "empty"});
}
