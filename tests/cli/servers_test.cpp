#include "steward/cli/servers.hpp"

#include <catch2/catch_test_macros.hpp>

#include <nlohmann/json.hpp>

#include "support/fake_socket.hpp"
#include "support/fixture.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::cli;
using namespace std::chrono_literals;

namespace {

Result<std::string> show(const ServersQuery& query) {
  test::FakeSocket socket;
  socket.answers = {
      {"show stat", test::read_fixture("captures/3.2.26/show_stat.csv")},
      {"show servers state", test::read_fixture("captures/3.2.26/show_servers_state.txt")}};
  return show_servers(socket, query, std::chrono::steady_clock::now() + 5s);
}

}  // namespace

TEST_CASE("servers are shown as a table that fits a person") {
  CHECK(REQUIRE_OK(show({"api", false})) == std::string_view(R"(
BACKEND  SERVER  ADDRESS          STATUS    ADMIN                       WEIGHT  CHECK      SESSIONS  QUEUE  RATE  SINCE
api      api1    127.0.0.1:48835  DOWN      -                                1  L7STS 200         0      0     0     6s
api      api2    127.0.0.1:39155  UP        -                                1  -                 0      0     0     7s
api      api3    127.0.0.1:41073  MAINT     forced maint, config maint       1  -                 0      0     0     7s
api      agent1  127.0.0.1:48835  no check  -                            37/50  -                 0      0     0     7s
)")
                                                .substr(1));
}

TEST_CASE("servers are shown as JSON with stable names") {
  const auto json = nlohmann::json::parse(REQUIRE_OK(show({"", true})));
  REQUIRE(json["servers"].size() == 16);
  const auto& web1 = json["servers"][0];
  CHECK(web1["backend"] == "web");
  CHECK(web1["server"] == "web1");
  CHECK(web1["address"] == "127.0.0.1:48835");
  CHECK(web1["weight"] == 37);
  CHECK(web1["initial_weight"] == 100);
  CHECK(web1["admin"].is_null());
  CHECK(json["servers"][5]["admin"] == "forced drain");
  CHECK(json["servers"][14]["address"] == "db.example.org:5432");
}

TEST_CASE("a backend that is not there is an error that offers the nearest") {
  const auto wrong = show({"webb", false});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == ErrorCode::not_found);
  CHECK(wrong.error().message.find("did you mean 'web'?") != std::string::npos);
}

TEST_CASE("a HAProxy that does not answer is an error") {
  test::FakeSocket socket;
  CHECK_FALSE(show_servers(socket, {}, std::chrono::steady_clock::now() + 5s));
}
