#include "steward/cli/sessions_left.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward::cli;

namespace {

Json servers(const char* list) { return Json::parse(R"({"servers":)" + std::string(list) + "}"); }

}  // namespace

TEST_CASE("the sessions of a server are counted over all instances") {
  SessionsLeft sessions("web1");
  sessions.see(servers(R"([{"server":"web1","sessions":3},{"server":"web1","sessions":5},
                           {"server":"web2","sessions":9}])"));
  CHECK(sessions.left() == 8);
  CHECK(sessions.words() == "8 sessions left");
  CHECK(sessions.part() == 0);
  sessions.see(2);
  CHECK(sessions.part() == 0.75);
  sessions.see(1);
  CHECK(sessions.words() == "1 session left");
  sessions.see(0);
  CHECK(sessions.words() == "no session left");
  CHECK(sessions.part() == 1);
}

TEST_CASE("what is not known is not none") {
  SessionsLeft sessions("web1");
  CHECK_FALSE(sessions.left());
  for (const char* list : {R"([])", R"([{"server":"web1"}])", R"([{"server":"web2","sessions":0}])",
                           R"([{"server":"web1","sessions":0},{"server":"web1"}])",
                           R"([{"server":"web1","sessions":"many"}])"}) {
    sessions.see(3);
    sessions.see(servers(list));
    CAPTURE(list);
    CHECK_FALSE(sessions.left());
    CHECK(sessions.words() == "sessions are not known yet");
    CHECK(sessions.part() == 0);
  }
}
