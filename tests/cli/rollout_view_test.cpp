#include "steward/cli/rollout_view.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/cli/cli.hpp"

using namespace steward::cli;

namespace {

const Json kRollout = Json::parse(R"({"id":"r1","backend":"web","phase":"running","principal":"al",
  "created":"2026-11-23T18:00:00.000Z","steps":[
  {"out":"web1","stage":"done","since":"2026-11-23T18:00:01.000Z"},
  {"out":"web2","in":"web9","address":"10.0.0.9:80","stage":"draining","sessions":3,
   "since":"2026-11-23T18:00:02.000Z","detail":"3 sessions are left"},
  {"in":"web8","stage":"waiting","since":"2026-11-23T18:00:00.000Z"}]})");

Json shown_at(const char* phase) {
  Json rollout = kRollout;
  rollout["phase"] = phase;
  return rollout;
}

}  // namespace

TEST_CASE("how far a rollout is: steps done, and what the others are at") {
  const Progress progress = progress_of(kRollout);
  CHECK(progress.what == "rollout web");
  CHECK(progress.state == "1 of 3 done; web2 draining, 3 sessions left");
  CHECK(progress.part > 0.4);
  CHECK(progress.part < 0.5);
  CHECK(progress_of(shown_at("paused")).state.starts_with("paused; 1 of 3 done"));
  CHECK(progress_of(shown_at("done")).part == 1);
  Json failing = shown_at("rolling_back");
  failing["detail"] = "web2 has\nerrors";
  CHECK(progress_of(failing).state ==
        "rolling_back; 1 of 3 done; web2 draining, 3 sessions left; web2 has\\nerrors");
  CHECK(progress_of(Json::object()).part == 0);
}

TEST_CASE("a step says what it waits for") {
  const auto words = [](const char* stage, const char* detail, bool approval = false) {
    const Json rollout{{"phase", "running"},
                       {"approval", approval},
                       {"steps", {{{"out", "web1"}, {"stage", stage}, {"detail", detail}}}}};
    return progress_of(rollout).state;
  };
  CHECK(words("waiting", "") == "0 of 1 done");
  CHECK(words("waiting", "min_available: 1 is left") ==
        "0 of 1 done; web1 waiting, min_available: 1 is left");
  CHECK(words("adding", "no check") == "0 of 1 done; web1 adding, no check");
  CHECK(words("draining", "it is being drained") == "0 of 1 done; web1 draining");
  CHECK(words("approval", "x", true) == "0 of 1 done; web1 waits for approval");
  CHECK(words("approval", "x") == "0 of 1 done; web1 in maintenance");
}

TEST_CASE("what is under way has so long, by the terms of the rollout") {
  const auto at_10s = *steward::parse_time("2026-11-23T18:00:10.000Z");
  const auto left = [&](const char* stage, const char* phase = "running", bool approval = false) {
    const Json rollout{
        {"phase", phase},
        {"approval", approval},
        {"drain_timeout", "5m"},
        {"health_timeout", "1m"},
        {"approval_timeout", "1h"},
        {"soak", "15s"},
        {"steps",
         {{{"out", "web1"}, {"stage", stage}, {"since", "2026-11-23T18:00:00.000Z"}},
          {{"out", "web2"}, {"stage", "waiting"}, {"since", "2026-11-23T18:00:00.000Z"}}}}};
    return left_of(rollout, at_10s);
  };
  CHECK(left("draining") == std::chrono::seconds(290));
  CHECK(left("soaking") == std::chrono::seconds(5));
  CHECK(left("approval", "running", true) == std::chrono::seconds(3'590));
  CHECK(left("approval") == std::chrono::seconds(50));
  CHECK_FALSE(left("done"));
  CHECK_FALSE(left("draining", "paused"));
}

TEST_CASE("a rollout is over when nobody does anything about it any more") {
  for (const char* phase : {"running", "paused", "finishing", "rolling_back"}) {
    CHECK_FALSE(rollout_is_over(shown_at(phase)));
  }
  for (const char* phase : {"done", "rolled_back", "failed"}) {
    CHECK(rollout_is_over(shown_at(phase)));
  }
  CHECK(code_of_rollout(shown_at("done")) == done);
  CHECK(code_of_rollout(shown_at("rolled_back")) == failed);
  CHECK(code_of_rollout(shown_at("failed")) == failed);
}

TEST_CASE("steps are called by the server that goes out, or else comes in") {
  CHECK(steps_at(kRollout, "draining") == std::vector<std::string>{"web2"});
  CHECK(steps_at(kRollout, "waiting") == std::vector<std::string>{"web8"});
  CHECK(steps_at(kRollout, "soaking").empty());
}

TEST_CASE("a rollout as text has a row a step") {
  CHECK(rollout_text(kRollout, false) ==
        "rollout r1 of web: 1 of 3 done; web2 draining, 3 sessions left\n"
        "OUT   IN    ADDRESS      STAGE     SINCE                 DETAIL\n"
        "web1                     done      2026-11-23T18:00:01Z\n"
        "web2  web9  10.0.0.9:80  draining  2026-11-23T18:00:02Z  3 sessions are left\n"
        "      web8               waiting   2026-11-23T18:00:00Z\n");
  CHECK(to_text(rollouts_table(Json{{"rollouts", {kRollout}}}), false) ==
        "ID  BACKEND  PHASE    STEPS        BY  CREATED               DETAIL\n"
        "r1  web      running  1 of 3 done  al  2026-11-23T18:00:00Z\n");
}
