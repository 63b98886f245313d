#include "steward/cli/act.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <csignal>

#include "cli/fake_client.hpp"
#include "steward/cli/cli.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::cli;
using namespace steward::test;
using namespace std::chrono_literals;

namespace {

const std::string kPost = "POST /api/v1/overrides?wait=5s";
const std::string kServers = "GET /api/v1/servers?backend=web";

ActRequest drain(Typed wait = {}) {
  ActFlags flags;
  flags.target = "web/web1";
  flags.wait = std::move(wait);
  return REQUIRE_OK(act_request("drain", flags));
}

Result<Reply> created(const char* phase = "active") {
  return ok(fmt::format(R"({{"request":"1","results":[{{"result":"created","override":"17",)"
                        R"("instance":"lb1","backend":"web","server":"web1","setting":"state",)"
                        R"("value":"drain","phase":"{}"}}]}})",
                        phase));
}

Result<Reply> override_at(const char* phase) {
  return ok(fmt::format(R"({{"id":"17","phase":"{}"}})", phase));
}

Result<Reply> sessions(int count) {
  return ok(fmt::format(R"({{"servers":[{{"server":"web1","sessions":{}}}]}})", count));
}

}  // namespace

TEST_CASE("an action is done when HAProxy has it") {
  Talk talk;
  talk.client.on(kPost, {created("pending")})
      .on("GET /api/v1/overrides/17", {override_at("pending"), override_at("active")});
  CHECK(act(talk.session, drain()));
  CHECK(talk.out.str() ==
        "drain web/web1: pending\nlb1:web/web1: drain is in force, override 17\n");
  CHECK(talk.err.str().empty());
}

TEST_CASE("for programs the answer is the API's, with the phase it has by then") {
  Talk talk;
  talk.options.output = Output::json;
  talk.client.on(kPost, {created("pending")})
      .on("GET /api/v1/overrides/17", {override_at("pending"), override_at("active")});
  CHECK(act(talk.session, drain()));
  const Json said = Json::parse(talk.out.str());
  CHECK(said["results"][0]["phase"] == "active");
  CHECK(talk.err.str() == "drain web/web1: pending\n");
}

TEST_CASE("a refusal is the problem's own sentence, and code 3") {
  Talk talk;
  talk.client.on(kPost, {refusal(409, "min_available", "one is left")});
  const Failure said = failure(act(talk.session, drain()));
  CHECK(said.code == refused);
  CHECK(said.message == "refused (min_available): one is left");
  CHECK(talk.out.str().empty());
}

TEST_CASE("what failed at HAProxy is told, and code 1") {
  Talk talk;
  talk.client.on(kPost, {created()}).on("GET /api/v1/overrides/17", {override_at("failed")});
  CHECK(failure(act(talk.session, drain())).code == failed);
  CHECK(talk.out.str() == "lb1:web/web1: drain failed\n");
}

TEST_CASE("sessions are waited for until there is none") {
  Talk talk;
  talk.client.on(kPost, {created()})
      .on("GET /api/v1/overrides/17", {override_at("active")})
      .on(kServers, {sessions(2), ok(R"({"servers":[]})"), sessions(0)});
  CHECK(act(talk.session, drain("1m")));
  CHECK(talk.out.str() ==
        "lb1:web/web1: drain is in force, override 17\n"
        "drain web/web1: 2 sessions left\n"
        "drain web/web1: sessions are not known yet\n"
        "drain web/web1: no session left\n");
}

TEST_CASE("sessions that are left in the end are code 4, with how to undo it") {
  Talk talk;
  talk.client.on(kPost, {created()})
      .on("GET /api/v1/overrides/17", {override_at("active")})
      .on(kServers, {sessions(3)});
  const Failure said = failure(act(talk.session, drain("100ms")));
  CHECK(said.code == timed_out);
  CHECK(said.message ==
        "3 sessions left after 100ms; drain of web/web1 stays asked for; undo it with: "
        "haproxy-steward release 17");
}

TEST_CASE("interrupted it says what stays, and how to undo it") {
  Talk talk;
  talk.options.flags = " --url http://a:1";
  talk.client.on(kPost, {created()})
      .on("GET /api/v1/overrides/17", {override_at("active")})
      .on(kServers, {sessions(3)});
  talk.client.before = [](const FakeClient::Call& call) {
    if (call.target.find("/servers") != std::string::npos) ::kill(::getpid(), SIGINT);
  };
  const Failure said = failure(act(talk.session, drain("1h")));
  CHECK(said.code == interrupted);
  CHECK(said.message ==
        "interrupted; drain of web/web1 stays asked for; undo it with: "
        "haproxy-steward release 17 --url http://a:1");
}

TEST_CASE("without a daemon it is left as it is, and has no end") {
  Talk talk;
  talk.options.socket = UnixAddress{"/x"};
  talk.client.on(kPost, {created()})
      .on("GET /api/v1/overrides/17", {override_at("active")})
      .on(kServers, {sessions(3)});
  const Failure said = failure(act(talk.session, drain("50ms")));
  CHECK(talk.client.calls.front().body["for"] == "unlimited");
  CHECK(talk.out.str().starts_with("lb1:web/web1: drain is in force\n"));
  CHECK(said.message.find("ready web/web1") != std::string::npos);
}

TEST_CASE("a dry run says what would be, and waits for nothing") {
  Talk talk;
  talk.client.on("POST /api/v1/overrides",
                 {ok(R"({"results":[{"result":"created","mode":"dry_run","instance":"lb1",
                       "backend":"web","server":"web1","setting":"state","value":"drain"}]})")});
  ActRequest request = drain("1h");
  request.dry_run = true;
  CHECK(act(talk.session, request));
  CHECK(talk.out.str() == "lb1:web/web1: would be created: drain\n");
  CHECK(talk.client.calls.size() == 1);
}
