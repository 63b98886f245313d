#include "steward/cli/records.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <fstream>

#include "cli/fake_client.hpp"
#include "steward/cli/cli.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::cli;
using namespace steward::test;

TEST_CASE("overrides are those that live, or all, from every page") {
  Talk talk;
  talk.options.output = Output::json;
  talk.client
      .on("GET /api/v1/overrides?phase=pending%2Cactive%2Creleasing&limit=1000",
          {ok(R"({"overrides":[{"id":"3"}]})")})
      .on("GET /api/v1/overrides?limit=1000", {ok(R"({"overrides":[{"id":"3"}],"next":"3"})")})
      .on("GET /api/v1/overrides?before=3&limit=1000", {ok(R"({"overrides":[{"id":"1"}]})")})
      .on("GET /api/v1/memberships", {ok(R"({"memberships":[
         {"id":"m1","stage":"present"},{"id":"m2","stage":"failed"},{"id":"m3","stage":"draining"}]})")});
  RecordFlags flags;
  CHECK(show_overrides(talk.session, flags));
  CHECK(Json::parse(talk.out.str())["overrides"].size() == 1);
  CHECK(Json::parse(talk.out.str())["memberships"].size() == 2);
  talk.out.str("");
  flags.all = true;
  CHECK(show_overrides(talk.session, flags));
  CHECK(Json::parse(talk.out.str())["overrides"].size() == 2);
  CHECK(Json::parse(talk.out.str())["memberships"].size() == 3);
}

TEST_CASE("servers are shown as the daemon has them") {
  Talk talk;
  talk.client
      .on("GET /api/v1/servers?backend=web", {ok(R"({"servers":[
        {"instance":"lb1","backend":"web","server":"web1","address":"10.0.0.1","port":80,
         "state":"drain","usable":false,"weight":100,"status":"DRAIN","sessions":3,"queue":0,
         "overrides":["17","18"]},
        {"instance":"lb1","backend":"web","server":"web2","address":"::1","port":80,
         "state":"ready","usable":true,"weight":50}]})")})
      .on("GET /api/v1/servers?backend=wbe", {ok(R"({"servers":[]})")});
  RecordFlags flags;
  flags.id = "web";
  CHECK(servers(talk.session, flags));
  CHECK(talk.out.str() ==
        "SERVER        ADDRESS      STATUS  STATE  WEIGHT  SESSIONS  QUEUE  OVERRIDES  WHY\n"
        "lb1:web/web1  10.0.0.1:80  DRAIN   drain     100         3      0  17 18\n"
        "lb1:web/web2  [::1]:80     -       ready      50         -      -  -\n");
  flags.id = "wbe";
  CHECK(failure(servers(talk.session, flags)).message ==
        "the daemon knows no server of a backend 'wbe'");
}

TEST_CASE("release ends an override, or else a membership") {
  Talk talk;
  talk.client
      .on("DELETE /api/v1/overrides/17?wait=5s",
          {ok(R"({"id":"17","instance":"lb1","backend":"web","server":"web1","setting":"state",
                  "value":"drain","phase":"released"})")})
      .on("GET /api/v1/memberships/m1", {ok(R"({"id":"m1"})")})
      .on("DELETE /api/v1/memberships/m1",
          {ok(R"({"backend":"web","server":"web9","stage":"ended"})")});
  RecordFlags flags;
  flags.id = "17";
  CHECK(release(talk.session, flags));
  CHECK(talk.out.str() == "lb1:web/web1: drain released\n");
  talk.out.str("");
  flags.id = "m1";
  CHECK(release(talk.session, flags));
  CHECK(talk.out.str() == "web/web9: ended\n");
  flags.id = "nosuch";
  const Failure said = failure(release(talk.session, flags));
  CHECK(said.code == failed);
  CHECK(said.message == "no /api/v1/overrides/nosuch?wait=5s");
}

TEST_CASE("the audit is shown oldest first, and followed from there") {
  Talk talk;
  const auto line = [](int sequence) {
    return fmt::format(R"({{"sequence":{},"time":"t{}","event":"created"}})", sequence, sequence);
  };
  talk.client
      .on("GET /api/v1/audit?order=newest&limit=2",
          {ok(R"({"lines":[)" + line(5) + "," + line(4) + "]}")})
      .on("GET /api/v1/audit?after=5&limit=1000",
          {ok(R"({"lines":[]})"), ok(R"({"lines":[)" + line(6) + "]}")})
      .on("GET /api/v1/audit?after=6&limit=1000", {ok(R"({"lines":[]})")});
  RecordFlags flags;
  flags.limit = "2";
  CHECK(show_audit(talk.session, flags));
  const std::string first =
      "TIME  EVENT    BY  SERVER  WHAT  OUTCOME\nt4    created\nt5    created\n";
  CHECK(talk.out.str() == first);
  talk.out.str("");
  flags.follow = true;
  talk.client.before = [](const FakeClient::Call& call) {
    if (call.target.find("after=6") != std::string::npos) ::kill(::getpid(), SIGINT);
  };
  CHECK(failure(show_audit(talk.session, flags)).code == interrupted);
  CHECK(talk.out.str() == first + "t6  created\n");
  flags.limit = "0";
  CHECK(failure(show_audit(talk.session, flags)).code == usage);
}

TEST_CASE("automation is paused with a reason, and resumed") {
  Talk talk;
  talk.client.on("POST /api/v1/automation",
                 {ok(R"({"paused":true,"reason":"a\nb"})"), ok(R"({"paused":false})")});
  RecordFlags flags;
  flags.reason = "a\nb";
  CHECK(set_automation(talk.session, flags, true));
  CHECK(talk.client.calls.back().body.dump() == R"({"paused":true,"reason":"a\nb"})");
  CHECK(set_automation(talk.session, {}, false));
  CHECK(talk.out.str() == "alerts are not acted on: a\\nb\nalerts are acted on\n");
}

TEST_CASE("a payload is read from its file, and has to be JSON") {
  const TempFolder folder;
  Talk talk;
  talk.client.on("POST /api/v1/evaluate", {ok(R"({"results":[]})")});
  RecordFlags flags;
  flags.file = folder.path("payload.json");
  CHECK(failure(evaluate(talk.session, flags)).message.find("payload.json") != std::string::npos);
  std::ofstream(*flags.file) << "nonsense";
  CHECK(failure(evaluate(talk.session, flags)).message == *flags.file + ": that is no JSON");
  std::ofstream(*flags.file) << std::string(2'000'000, ' ');
  CHECK(failure(evaluate(talk.session, flags)).message.find("at most") != std::string::npos);
  CHECK(talk.client.calls.empty());
  std::ofstream(*flags.file) << R"({"alerts":[]})";
  CHECK(evaluate(talk.session, flags));
  CHECK(talk.client.calls.back().body.dump() == R"({"alerts":[]})");
}
