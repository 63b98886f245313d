#include "steward/control/activity.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/stats/stat_parser.hpp"

using namespace steward;
using namespace steward::control;

namespace {

stats::StatTable table_of(const std::string& rows) {
  return *stats::parse_stat("# pxname,svname,qcur,scur,hrsp_5xx,type,\n" + rows + "\n");
}

Activities activities_of(const std::string& rows, const std::string& old) {
  std::vector<stats::StatTable> now, before;
  now.push_back(table_of(rows));
  before.push_back(table_of(old));
  return {Time{}, std::move(now), std::move(before)};
}

}  // namespace

TEST_CASE("sessions that an old process still has count, and nothing else of it") {
  const auto all = activities_of("web,web1,1,2,3,2,\n", "web,web1,0,4,50,2,\nweb,gone,0,1,0,2,\n");
  const Activity* web1 = all.find({"web", "web1"});
  REQUIRE(web1 != nullptr);
  CHECK(web1->sessions == 7);
  CHECK(web1->answers_5xx == 3);
  CHECK(all.left({"web", "web1"}) == 4);
  CHECK(all.find({"web", "gone"}) == nullptr);
  CHECK(all.left({"web", "gone"}) == 1);
}
