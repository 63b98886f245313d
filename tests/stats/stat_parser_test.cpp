#include "steward/stats/stat_parser.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "steward/base/limits.hpp"
#include "support/fixture.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::stats;

namespace {

// A small dump: the columns that matter here, in HAProxy's form.
const std::string kStatHeader =
    "# pxname,svname,scur,slim,status,type,last_chk,new_col,-,h1_streams,\n";

Result<StatTable> parse_rows(const std::string& rows) {
  return parse_stat(kStatHeader + rows + "\n");
}

Error error_of(const std::string& answer) {
  const auto table = parse_stat(answer);
  REQUIRE_FALSE(table);
  return table.error();
}

}  // namespace

TEST_CASE("a row's cells are found by the header's names") {
  const auto table = REQUIRE_OK(parse_rows("web,web1,3,,UP,2,,,,,\n"));
  REQUIRE(table.rows(Kind::server).size() == 1);
  CHECK(table.rows(Kind::server).at(number("scur"), 0) == 3);
  CHECK(table.rows(Kind::server).at(number("slim"), 0) == kAbsent);
  CHECK(table.text(Kind::server, text("status"), 0) == "UP");
  CHECK(table.rows(Kind::backend).size() == 0);
}

TEST_CASE("rows are kept by kind, in HAProxy's order, whatever cells they leave empty") {
  const auto table =
      REQUIRE_OK(parse_rows("a,FRONTEND,1,,OPEN,0,,,,,\n"
                            "a,s1,,,UP,2,,,,,\n"
                            "a,s2,7,,UP,2,,,,,\n"
                            "a,BACKEND,2,,UP,1,,,,,\n"
                            "a,sock-1,4,,OPEN,3,,,,,\n"));
  const StatRows& servers = table.rows(Kind::server);
  REQUIRE(servers.size() == 2);
  CHECK(servers.at(number("scur"), 0) == kAbsent);
  CHECK(servers.at(number("scur"), 1) == 7);
  CHECK(table.text(Kind::listener, text("svname"), 0) == "sock-1");
}

TEST_CASE("columns of a newer HAProxy are kept, those of modules apart") {
  const auto table = REQUIRE_OK(parse_rows("web,web1,3,,UP,2,,new value,-,12,\n"));
  REQUIRE(table.extra().size() == 2);
  CHECK(table.extra()[0].name == "new_col");
  CHECK_FALSE(table.extra()[0].of_module);
  CHECK(table.extra()[1].of_module);
  CHECK(table.word(table.rows(Kind::server).extra_words(0)[0]) == "new value");
  CHECK(table.word(table.rows(Kind::server).extra_words(1)[0]) == "12");
}

TEST_CASE("rows of a kind yet to come are passed over") {
  CHECK(REQUIRE_OK(parse_rows("web,x,3,,UP,9,,,,,\n")).rows(Kind::server).size() == 0);
}

TEST_CASE("quoted cells keep commas, doubled quotes and line ends") {
  const auto table =
      REQUIRE_OK(parse_rows("web,web1,3,,UP,2,\"a, \"\"b\"\"\n# pxname,\nc\",,,,\n"
                            "web,web2,4,,UP,2,\"\",,,,\n"));
  REQUIRE(table.rows(Kind::server).size() == 2);
  CHECK(table.text(Kind::server, text("last_chk"), 0) == "a, \"b\"\n# pxname,\nc");
  CHECK(table.text(Kind::server, text("last_chk"), 1).empty());
}

TEST_CASE("a bare quote inside a cell is a character like any other") {
  const auto table = REQUIRE_OK(parse_rows("web,web1,3,,UP,2,Layer7 \"x\" bad,,,,\n"));
  CHECK(table.text(Kind::server, text("last_chk"), 0) == "Layer7 \"x\" bad");
}

TEST_CASE("a dump may come in pieces of any size") {
  const std::string answer =
      kStatHeader + "web,web1,3,,UP,2,\"a\nb\",,,,\nweb,web2,400,,DOWN,2,,,,,\n\n";
  for (std::size_t piece = 1; piece < answer.size(); ++piece) {
    StatParser parser;
    for (std::size_t at = 0; at < answer.size(); at += piece) {
      REQUIRE(parser.feed(std::string_view(answer).substr(at, piece)));
    }
    REQUIRE(parser.end_answer());
    const auto table = REQUIRE_OK(parser.finish());
    REQUIRE(table.rows(Kind::server).size() == 2);
    CHECK(table.rows(Kind::server).at(number("scur"), 1) == 400);
  }
}

TEST_CASE("several answers make one table if their headers agree") {
  StatParser parser;
  for (const char* row : {"a,s,1,,UP,2,,,,,\n", "b,s,2,,UP,2,,,,,\n"}) {
    REQUIRE(parser.feed(kStatHeader + row + "\n"));
    REQUIRE(parser.end_answer());
  }
  CHECK(REQUIRE_OK(parser.finish()).rows(Kind::server).size() == 2);
}

TEST_CASE("a second header that differs is refused") {
  StatParser parser;
  REQUIRE(parser.feed(kStatHeader + "\n"));
  CHECK_FALSE(parser.feed("# pxname,svname,type,\n"));
}

TEST_CASE("an answer without HAProxy's closing empty line was cut") {
  for (const char* rows : {"", "web,web1,3,,UP,2,,,,,\n", "web,web1,3,,UP"}) {
    INFO(rows);
    CHECK(error_of(kStatHeader + rows).code == ErrorCode::malformed);
  }
  CHECK(error_of("").code == ErrorCode::malformed);
}

TEST_CASE("a header alone is a whole answer: there is nothing to show") {
  CHECK(REQUIRE_OK(parse_rows("")).rows(Kind::server).size() == 0);
}

TEST_CASE("a row with another number of cells than the header is refused, by its line") {
  CHECK(error_of(kStatHeader + "web,web1,3,,UP,2,,,,\n\n").message.find("line 2") !=
        std::string::npos);
  CHECK_FALSE(parse_rows("web,web1,3,,UP,2,,,,,,\n"));
  // HAProxy before 1.6.4 left out the comma behind "DRAIN (agent)".
  CHECK_FALSE(parse_rows("web,web1,3,DRAIN (agent)100,2,,,,,\n"));
}

TEST_CASE("a number that is none is refused, by its column") {
  const auto table = parse_rows("web,web1,three,,UP,2,,,,,\n");
  REQUIRE_FALSE(table);
  CHECK(table.error().message.find("'three' is not a number (column scur)") != std::string::npos);
  CHECK_FALSE(parse_rows("web,web1,99999999999999999999,,UP,2,,,,,\n"));
  CHECK_FALSE(parse_rows("web,web1,3,,UP,two,,,,,\n"));
  CHECK_FALSE(parse_rows("web,web1,3,,UP,,,,,,\n"));
}

TEST_CASE("HAProxy's words instead of a dump are passed on as a refusal") {
  const Error denied = error_of("Permission denied\n\n");
  CHECK(denied.code == ErrorCode::refused);
  CHECK(denied.message.find("Permission denied") != std::string::npos);
  CHECK(error_of("Unknown command: 'show'\n\n").code == ErrorCode::refused);
}

TEST_CASE("a page of HTML is not a dump") {
  CHECK(error_of("<html><body>503, no\n</body></html>\n\n").code == ErrorCode::malformed);
}

TEST_CASE("a line past the limit is refused, also inside quotes") {
  const std::string name(limits::kRowBytes, 'x');
  CHECK_FALSE(parse_rows("web," + name + ",3,,UP,2,,,,,\n"));
  CHECK_FALSE(parse_rows("web,web1,3,,UP,2,\"" + name + "\n" + name + ",,,,\n"));
}

TEST_CASE("a header with too many columns, or without a type, is refused") {
  std::string header = "# pxname,svname,type,";
  for (std::size_t i = 0; i <= limits::kColumns; ++i) header += "c,";
  CHECK_FALSE(parse_stat(header + "\n\n"));
  CHECK_FALSE(parse_stat("# pxname,svname,scur,\n\n"));
}

TEST_CASE("text behind a closing quote is refused") {
  CHECK_FALSE(parse_rows("web,web1,3,,UP,2,\"a\"b,,,,\n"));
}

TEST_CASE("what eight versions of HAProxy answered is understood") {
  const std::string version = GENERATE(from_range(test::captured_versions()));
  INFO(version);
  const auto table =
      REQUIRE_OK(parse_stat(test::read_fixture("captures/" + version + "/show_stat.csv")));
  CHECK(table.rows(Kind::frontend).size() == 3);
  CHECK(table.rows(Kind::listener).size() == (version == "2.4.0" ? 2 : 3));  // one needs TLS
  CHECK(table.rows(Kind::backend).size() == 4);
  CHECK(table.rows(Kind::server).size() == 16);
  CHECK(table.rows(Kind::server).at(number("weight"), 0) == 37);
  CHECK(table.text(Kind::server, text("status"), 6) == "MAINT");
}

TEST_CASE("a large dump is understood, and its repeated words are kept once") {
  std::string rows;
  for (int i = 0; i < 20'000; ++i) rows += fmt::format("web,web{},1,,UP,2,,,,,\n", i);
  const auto table = REQUIRE_OK(parse_rows(rows));
  CHECK(table.rows(Kind::server).size() == 20'000);
  const auto& status = table.rows(Kind::server).words(text("status"));
  CHECK(status.front() == status.back());
}
