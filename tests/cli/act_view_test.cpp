#include "steward/cli/act_view.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/cli/cli.hpp"

using namespace steward::cli;

namespace {

Json result_with(Json more) {
  Json json{{"result", "created"}, {"mode", "enforce"}, {"override", "17"},   {"instance", "lb1"},
            {"backend", "web"},    {"server", "web1"},  {"setting", "state"}, {"value", "drain"}};
  json.update(more);
  return json;
}

std::string line(const Json& more, const Json& override = nullptr) {
  return result_line(result_with(more), override);
}

int code(const Json& more) { return code_of(result_with(more)); }

}  // namespace

TEST_CASE("what became of an action is a line") {
  const Json override{{"expires", "2026-11-23T18:00:00.123Z"}, {"guard", "paused"}};
  CHECK(line({{"phase", "active"}}, override) ==
        "lb1:web/web1: drain is in force until 2026-11-23T18:00:00Z, override 17");
  CHECK(line({{"phase", "active"}, {"setting", "weight"}, {"value", "50%"}}) ==
        "lb1:web/web1: weight 50% is in force, override 17");
  CHECK(
      line({{"phase", "active"}}, {{"ramp", {{"from", "10%"}, {"to", "100%"}, {"over", "5m"}}}}) ==
      "lb1:web/web1: weight goes from 10% to 100% over 5m, override 17");
  CHECK(line({{"phase", "active"}, {"override", ""}}) == "lb1:web/web1: drain is in force");
  CHECK(line({{"phase", "pending"}, {"detail", "it waits"}}, override) ==
        "lb1:web/web1: drain waits (paused): it waits, override 17");
  CHECK(line({{"phase", "failed"}, {"detail", "no"}}) == "lb1:web/web1: drain failed: no");
  CHECK(line({{"phase", "yielded"}}) ==
        "lb1:web/web1: drain is not in force, somebody else changed the server");
  CHECK(line({{"phase", "releasing"}}) == "lb1:web/web1: drain is being undone, override 17");
  CHECK(line({{"result", "rejected"}, {"guard", "min_available"}, {"reason", "2 of 2"}}) ==
        "lb1:web/web1: refused (min_available): 2 of 2");
  CHECK(line({{"result", "deferred"}, {"guard", "rate"}, {"reason", "later"}}) ==
        "lb1:web/web1: deferred (rate): later");
  CHECK(line({{"result", "duplicate"}, {"reason", "it is so"}}) ==
        "lb1:web/web1: nothing to do: it is so");
  CHECK(line({{"result", "released"}, {"reason", "asked"}}) == "lb1:web/web1: released: asked");
  CHECK(line({{"mode", "dry_run"}}) == "lb1:web/web1: would be created: drain");
}

TEST_CASE("a line stays a line whatever the daemon sends") {
  CHECK(line({{"phase", "act\nive"}, {"server", "a\x1b[2J"}, {"value", "\r"}})
            .find_first_of("\n\r\x1b") == std::string::npos);
  CHECK(result_line(Json(3), nullptr).find('\n') == std::string::npos);
}

TEST_CASE("the exit code says whether it is in force, refused, failed or late") {
  CHECK(code({{"phase", "active"}}) == done);
  CHECK(code({{"phase", "released"}}) == done);
  CHECK(code({{"result", "duplicate"}}) == done);
  CHECK(code({{"result", "released"}}) == done);
  CHECK(code({{"phase", "pending"}}) == timed_out);
  CHECK(code({{"phase", "releasing"}}) == timed_out);
  CHECK(code({{"phase", "pending"}, {"guard", "stale"}}) == refused);
  CHECK(code({{"result", "deferred"}}) == refused);
  CHECK(code({{"result", "rejected"}, {"guard", "min_available"}}) == refused);
  CHECK(code({{"result", "rejected"}, {"guard", "unknown_server"}}) == failed);
  CHECK(code({{"phase", "failed"}}) == failed);
  CHECK(code({{"phase", "yielded"}}) == failed);
}

TEST_CASE("an override is settled when HAProxy has it, or will not have it") {
  const auto phase = [](const char* word) { return unsettled(Json{{"phase", word}}); };
  CHECK(phase("pending"));
  CHECK(phase("releasing"));
  CHECK_FALSE(phase("active"));
  CHECK_FALSE(phase("released"));
  CHECK_FALSE(unsettled(Json{{"phase", "pending"}, {"guard", "rate"}}));
}

TEST_CASE("times are shown without what nobody reads") {
  CHECK(short_time("2026-11-23T18:00:00.123Z") == "2026-11-23T18:00:00Z");
  CHECK(short_time("2026-11-23T18:00:00Z") == "2026-11-23T18:00:00Z");
  CHECK(short_time("what.ever") == "what.ever");
  CHECK(short_time("") == "");
}
