#include "steward/daemon/dump.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/fake_socket.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::daemon;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

const std::string kHeader = "# pxname,svname,scur,type,iid,\n";
const std::string kStateHeader =
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "
    "srv_iweight srv_check_state srv_agent_state srv_fqdn srv_port\n";

const std::string kOne = "show stat #3 4 -1;show servers state #3";
const std::string kOther = "show stat #4 4 -1;show servers state #4";
const std::string kBoth =
    "show stat #3 4 -1;show stat #4 4 -1;show servers state #3;show servers state #4";

// Two backends, "12c" with a name that `show stat` would take for an id.
void two_backends(test::FakeSocket& socket) {
  const std::string proxies = "www,FRONTEND,1,0,2,\nweb,BACKEND,1,1,3,\n12c,BACKEND,1,1,4,\n";
  const std::string web = "web,web1,1,2,3,\nweb,web2,2,2,3,\n", other = "12c,s1,3,2,4,\n";
  const std::string web_state =
      "3 web 1 web1 10.0.0.1 2 0 1 1 6 0 - 80\n3 web 2 web2 10.0.0.2 2 0 1 1 6 0 - 80\n";
  const std::string other_state = "4 12c 1 s1 10.0.0.3 2 0 1 1 6 0 - 80\n";
  socket.answers = {{"show stat", kHeader + proxies + web + other + "\n"},
                    {"show servers state", kStateHeader + web_state + other_state + "\n"},
                    {"show stat -1 11 -1", kHeader + proxies + "\n"},
                    {kOne, kHeader + web + "\n" + kStateHeader + web_state + "\n"},
                    {kOther, kHeader + other + "\n" + kStateHeader + other_state + "\n"},
                    {kBoth, kHeader + web + "\n" + kHeader + other + "\n" + kStateHeader +
                                web_state + "\n" + kStateHeader + other_state + "\n"}};
}

Demand servers() {
  Demand demand;
  demand.stat_types = kAllTypes;
  demand.servers_state = true;
  return demand;
}

void check_whole(const Dump& dump) {
  CHECK(dump.stat.rows(stats::Kind::frontend).size() == 1);
  CHECK(dump.stat.rows(stats::Kind::backend).size() == 2);
  CHECK(dump.stat.rows(stats::Kind::server).size() == 3);
  REQUIRE(dump.servers.rows().size() == 3);
  CHECK(dump.servers.rows()[2].address == "10.0.0.3");
}

}  // namespace

TEST_CASE("each way of reading gives the same dump") {
  for (const Plan& plan : {Plan{Reading::at_once, 1}, Plan{Reading::throttled, 1},
                           Plan{Reading::by_proxy, 1}, Plan{Reading::by_proxy, 7}}) {
    test::FakeSocket socket;
    two_backends(socket);
    check_whole(REQUIRE_OK(read_dump(socket, servers(), plan, steady_clock::now() + 5s)));
  }
}

TEST_CASE("reading by proxy never asks for all servers at once, nor by name") {
  test::FakeSocket socket;
  two_backends(socket);
  REQUIRE(read_dump(socket, servers(), {Reading::by_proxy, 1}, steady_clock::now() + 5s));
  CHECK(socket.commands() == std::vector<std::string>{"show stat -1 11 -1", kOne, kOther});
}

TEST_CASE("a backend that is gone meanwhile turns reading by proxy into a single dump") {
  for (const std::string& answer : {std::string("No such proxy.\n\n"), kHeader + "12c,s1,3,2,4,\n",
                                    std::string(), kHeader + "\n", kHeader + "\n" + kStateHeader}) {
    test::FakeSocket socket;
    two_backends(socket);
    socket.answers[kOther] = answer;
    check_whole(
        REQUIRE_OK(read_dump(socket, servers(), {Reading::by_proxy, 1}, steady_clock::now() + 5s)));
    CHECK(socket.commands().back() == "show servers state");
  }
}

TEST_CASE("only what is demanded is asked for") {
  test::FakeSocket socket;
  two_backends(socket);
  Demand frontends;
  frontends.stat_types = kFrontendType;
  socket.answers["show stat -1 1 -1"] = kHeader + "www,FRONTEND,1,0,2,\n\n";
  REQUIRE(read_dump(socket, frontends, {Reading::by_proxy, 1}, steady_clock::now() + 5s));
  CHECK(socket.commands() == std::vector<std::string>{"show stat -1 1 -1"});
  REQUIRE(read_dump(socket, {}, {Reading::at_once, 1}, steady_clock::now() + 5s));
  CHECK(socket.commands().size() == 1);
}

TEST_CASE("a dump that is cut is no dump") {
  test::FakeSocket socket;
  two_backends(socket);
  socket.answers["show stat"].pop_back();
  CHECK_FALSE(read_dump(socket, servers(), {Reading::at_once, 1}, steady_clock::now() + 5s));
}

TEST_CASE("the shape of a dump counts servers, and the backends that have any") {
  test::FakeSocket socket;
  two_backends(socket);
  const auto dump =
      REQUIRE_OK(read_dump(socket, servers(), {Reading::at_once, 1}, steady_clock::now() + 5s));
  CHECK(shape_of(dump.stat).servers == 3);
  CHECK(shape_of(dump.stat).backends == 2);
  CHECK(shape_of(dump.stat).largest == 2);
}
