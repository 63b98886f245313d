#include "steward/cli/membership.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <utility>

#include "cli/fake_client.hpp"
#include "steward/cli/cli.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::cli;
using namespace steward::test;

namespace {

Json membership(const char* stage, const Json& more = Json::object()) {
  Json json{{"id", "m1"},       {"instance", "lb1"}, {"backend", "web"},
            {"server", "web9"}, {"wish", "present"}, {"stage", stage}};
  json.update(more);
  return json;
}

Result<Reply> membership_at(const char* stage, const Json& more = Json::object()) {
  return Reply{200, membership(stage, more)};
}

Result<Reply> begun(const char* stage, const Json& more = Json::object()) {
  return Reply{202, {{"request", "1"}, {"memberships", {membership(stage, more)}}}};
}

MembershipRequest web9() {
  MembershipFlags flags;
  flags.target = "web/web9";
  flags.address = "10.0.0.9:80";
  return REQUIRE_OK(add_request(flags));
}

MembershipRequest no_web9() {
  MembershipFlags flags;
  flags.target = "web/web9";
  return REQUIRE_OK(remove_request(flags));
}

const std::string kServer = "/api/v1/servers/web/web9";
const std::string kMembership = "GET /api/v1/memberships/m1";

}  // namespace

TEST_CASE("a server is added when it is in service") {
  Talk talk;
  talk.client.on("POST " + kServer, {begun("adding")})
      .on(kMembership,
          {membership_at("adding"), membership_at("joining", {{"detail", "no check passed yet"}}),
           membership_at("present")});
  CHECK(add(talk.session, web9()));
  CHECK(talk.out.str() ==
        "add lb1:web/web9: adding\n"
        "add lb1:web/web9: joining, no check passed yet\n"
        "add lb1:web/web9: present\n");
}

TEST_CASE("a server that does not join in time is code 4, one that cannot is code 1") {
  Talk talk;
  const Json late{{"deadline", "2026-11-23T18:00:00.000Z"},
                  {"ended", "2026-11-23T18:00:00.200Z"},
                  {"detail", "no check of it passed"}};
  talk.client.on("POST " + kServer, {begun("adding")})
      .on(kMembership, {membership_at("failed", late)});
  const Failure said = failure(add(talk.session, web9()));
  CHECK(said.code == timed_out);
  CHECK(said.message == "lb1:web/web9: failed, no check of it passed");
  Json early = late;
  early["ended"] = "2026-11-23T17:59:00.000Z";
  CHECK(code_of_membership(membership("failed", early)) == failed);
  CHECK(code_of_membership(membership("failed")) == failed);
  CHECK(code_of_membership(membership("yielded", late)) == failed);
  CHECK(code_of_membership(membership("ended")) == failed);
  CHECK(code_of_membership(membership("absent")) == failed);  // present was wished
}

TEST_CASE("a server is removed when it is gone, sessions are counted down") {
  Talk talk;
  const Json absent{{"wish", "absent"}};
  const auto draining = [](int count) {
    return membership_at("draining", {{"wish", "absent"}, {"sessions", count}});
  };
  talk.client.on("DELETE " + kServer, {begun("draining", absent)})
      .on(kMembership, {draining(4), draining(1), membership_at("deleting", absent),
                        membership_at("absent", absent)});
  CHECK(remove(talk.session, no_web9()));
  CHECK(talk.out.str() ==
        "remove lb1:web/web9: draining, 4 sessions left\n"
        "remove lb1:web/web9: draining, 1 session left\n"
        "remove lb1:web/web9: deleting\n"
        "remove lb1:web/web9: absent\n");
}

TEST_CASE("a wish that was ended came true, or not, as the servers tell") {
  const Json absent{{"wish", "absent"}};
  const std::string servers = "GET /api/v1/servers?instance=lb1&backend=web";
  Talk talk;
  talk.client.on("DELETE " + kServer, {begun("draining", absent)})
      .on(kMembership, {membership_at("ended", absent)})
      .on(servers,
          {ok(R"({"servers":[{"server":"web1"}]})"), ok(R"({"servers":[{"server":"web9"}]})")});
  CHECK(remove(talk.session, no_web9()));
  CHECK(failure(remove(talk.session, no_web9())).code == failed);
}

TEST_CASE("the bar goes with the sessions") {
  CHECK(part_of(membership("draining", {{"sessions", 4}}), 4) == 0.1);
  CHECK(part_of(membership("draining", {{"sessions", 2}}), 4) == 0.5);
  CHECK(part_of(membership("draining"), 0) == 0.1);
  CHECK(part_of(membership("present"), 0) == 1);
  CHECK(part_of(membership("unheard of"), 0) == 0);
}

TEST_CASE("interrupted while a server joins it says how to go on and how to undo it") {
  Talk talk;
  talk.client.on("POST " + kServer, {begun("adding")}).on(kMembership, {membership_at("joining")});
  talk.client.before = [](const FakeClient::Call& call) {
    if (call.method == "GET") ::kill(::getpid(), SIGINT);
  };
  const Failure said = failure(add(talk.session, web9()));
  CHECK(said.code == interrupted);
  CHECK(said.message ==
        "interrupted; lb1:web/web9: joining; the daemon goes on with it; undo it with: "
        "haproxy-steward release m1");
}

TEST_CASE("interrupted without a daemon it undoes what is under way, and says what came of it") {
  const auto interrupted_at = [](const char* undone) {
    Talk talk;
    talk.options.socket = UnixAddress{"/x"};
    talk.client.on("POST " + kServer, {begun("adding")})
        .on(kMembership, {membership_at("joining"), membership_at("undoing"),
                          membership_at(undone, {{"ended", "now"}})})
        .on("DELETE /api/v1/memberships/m1", {membership_at("undoing")});
    bool told = false;  // once more, and the process would end
    talk.client.before = [&told](const FakeClient::Call& call) {
      if (call.method == "GET" && !std::exchange(told, true)) ::kill(::getpid(), SIGINT);
    };
    const Failure said = failure(add(talk.session, web9()));
    CHECK(said.code == interrupted);
    CHECK(talk.client.times("DELETE /api/v1/memberships/m1") == 1);
    CHECK(talk.err.str().find("is being undone") != std::string::npos);
    return said.message;
  };
  CHECK(interrupted_at("failed") == "interrupted; lb1:web/web9: it is gone again");
  CHECK(interrupted_at("ended") == "interrupted; lb1:web/web9: it serves already, and stays");
}

TEST_CASE("a dry run shows the command") {
  Talk talk;
  talk.client.on("POST " + kServer,
                 {begun("adding", {{"command", "add server web/web9 10.0.0.9:80 check"}})});
  MembershipRequest request = web9();
  request.dry_run = true;
  CHECK(add(talk.session, request));
  CHECK(talk.out.str() == "lb1:web/web9: add server web/web9 10.0.0.9:80 check\n");
  CHECK(talk.client.calls.size() == 1);
}

TEST_CASE("programs get the memberships as they ended") {
  Talk talk;
  talk.options.output = Output::json;
  talk.client.on("POST " + kServer, {begun("adding")}).on(kMembership, {membership_at("present")});
  CHECK(add(talk.session, web9()));
  CHECK(Json::parse(talk.out.str())["memberships"][0]["stage"] == "present");
}

TEST_CASE("a refusal comes through") {
  Talk talk;
  talk.client.on("POST " + kServer, {refusal(409, "exists", "it is there")});
  CHECK(failure(add(talk.session, web9())).code == refused);
}
