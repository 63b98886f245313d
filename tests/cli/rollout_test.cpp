#include "steward/cli/rollout.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <fstream>
#include <sstream>

#include "cli/fake_client.hpp"
#include "steward/cli/cli.hpp"
#include "support/require_ok.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::cli;
using namespace steward::test;

namespace {

const std::string kRolloutPath = "/api/v1/rollouts/r1";

Result<Reply> rollout_at(const char* phase, const char* stage, const char* detail = "") {
  Json json{{"id", "r1"},
            {"backend", "web"},
            {"phase", phase},
            {"steps", {{{"out", "web1"}, {"stage", stage}}}}};
  if (*detail != '\0') json["detail"] = detail;
  return Reply{200, json};
}

RolloutRequest cycle(Typed hook = {}) {
  RolloutFlags flags;
  flags.backend = "web";
  flags.cycle = "web1";
  flags.hook = std::move(hook);
  return REQUIRE_OK(rollout_request(flags));
}

std::string text_of(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a rollout is followed to its end") {
  Talk talk;
  talk.client.on("POST /api/v1/rollouts", {rollout_at("running", "waiting")})
      .on("GET " + kRolloutPath, {rollout_at("running", "draining"),
                                  rollout_at("running", "soaking"), rollout_at("done", "done")});
  CHECK(rollout(talk.session, cycle()));
  CHECK(talk.out.str() ==
        "rollout web: 0 of 1 done; web1 draining\n"
        "rollout web: 0 of 1 done; web1 soaking\n"
        "rollout web: done; 1 of 1 done\n");
}

TEST_CASE("a rollout that was undone is code 1, with why") {
  Talk talk;
  talk.client.on("POST /api/v1/rollouts", {rollout_at("running", "waiting")})
      .on("GET " + kRolloutPath,
          {rollout_at("rolled_back", "undone", "web1 answered with errors")});
  const Failure said = failure(rollout(talk.session, cycle()));
  CHECK(said.code == failed);
  CHECK(said.message == "rollout r1: rolled_back, web1 answered with errors");
}

TEST_CASE("the hook runs once for a server that is out, and is its approval") {
  const TempFolder folder;
  const std::string file = folder.path("said");
  Talk talk;
  talk.client.on("POST /api/v1/rollouts", {rollout_at("running", "waiting")})
      .on("GET " + kRolloutPath,
          {rollout_at("running", "approval"), rollout_at("running", "approval"),
           rollout_at("running", "approval"), rollout_at("done", "done")})
      .on("POST " + kRolloutPath + "/approve", {rollout_at("running", "returning")});
  CHECK(rollout(talk.session,
                cycle("echo $STEWARD_BACKEND/$STEWARD_SERVER $STEWARD_ROLLOUT >> " + file)));
  CHECK(text_of(file) == "web/web1 r1\n");
  CHECK(talk.client.times("POST " + kRolloutPath + "/approve") == 1);
  CHECK(talk.client.calls.front().body["approval"] == true);
}

TEST_CASE("a hook that fails undoes the rollout") {
  Talk talk;
  talk.client.on("POST /api/v1/rollouts", {rollout_at("running", "waiting")})
      .on("GET " + kRolloutPath,
          {rollout_at("running", "approval"), rollout_at("running", "approval"),
           rollout_at("rolled_back", "undone", "asked")})
      .on("POST " + kRolloutPath + "/abort", {rollout_at("rolling_back", "undoing")});
  const Failure said = failure(rollout(talk.session, cycle("exit 3")));
  CHECK(said.code == failed);
  CHECK(said.message == "rollout r1: rolled_back, the hook of web1 failed with 3, asked");
  CHECK(talk.client.times("POST " + kRolloutPath + "/approve") == 0);
}

TEST_CASE("detached it is only begun") {
  Talk talk;
  talk.client.on("POST /api/v1/rollouts", {rollout_at("running", "waiting")});
  RolloutRequest request = cycle();
  request.detach = true;
  CHECK(rollout(talk.session, request));
  CHECK(talk.client.calls.size() == 1);
  CHECK(talk.out.str().starts_with("rollout r1 of web: 0 of 1 done\n"));
}

TEST_CASE("interrupted it says how to look at it and how to undo it") {
  Talk talk;
  talk.client.on("POST /api/v1/rollouts", {rollout_at("running", "waiting")})
      .on("GET " + kRolloutPath, {rollout_at("running", "draining")});
  talk.client.before = [](const FakeClient::Call& call) {
    if (call.method == "GET") ::kill(::getpid(), SIGINT);
  };
  const Failure said = failure(rollout(talk.session, cycle()));
  CHECK(said.code == interrupted);
  CHECK(said.message ==
        "interrupted; rollout web: 0 of 1 done; web1 draining; the daemon goes on with it; look "
        "at it with: haproxy-steward rollouts r1; undo it with: haproxy-steward rollouts r1 abort");
}

TEST_CASE("rollouts are shown and steered") {
  Talk talk;
  talk.client.on("GET " + kRolloutPath, {rollout_at("running", "approval")})
      .on("GET /api/v1/rollouts", {ok(R"({"rollouts":[]})")})
      .on("POST " + kRolloutPath + "/approve", {rollout_at("running", "returning")});
  RecordFlags flags;
  CHECK(rollouts(talk.session, flags));
  CHECK(talk.out.str() == "ID  BACKEND  PHASE  STEPS  BY  CREATED  DETAIL\n");
  flags.id = "r1";
  CHECK(rollouts(talk.session, flags));
  flags.action = "approve";
  flags.server = "web1";
  flags.reason = "fine";
  CHECK(rollouts(talk.session, flags));
  CHECK(talk.client.calls.back().body.dump() == R"({"server":"web1","reason":"fine"})");
  flags.action = "abort";
  CHECK(failure(rollouts(talk.session, flags)).code == usage);  // --server is approve's
  flags.action = "halt";
  CHECK(failure(rollouts(talk.session, flags)).message ==
        "ACTION: 'halt' is not one of pause, resume, approve, abort");
}
