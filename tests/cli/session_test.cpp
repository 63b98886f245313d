#include "steward/cli/session.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <csignal>

#include "cli/fake_client.hpp"
#include "steward/cli/cli.hpp"

using namespace steward;
using namespace steward::cli;
using namespace steward::test;

TEST_CASE("polling goes on until it is over") {
  Talk talk;
  talk.client.on("GET /x", {ok(R"({"n":1})"), ok(R"({"n":2})"), ok(R"({"n":3})")});
  std::vector<int> seen;
  const auto polled = talk.session.poll(
      "/x",
      [&](const Json& now) {
        seen.push_back(now["n"].get<int>());
        return Done<bool>(now["n"] == 3);
      },
      std::chrono::milliseconds(1));
  CHECK(polled);
  CHECK(seen == std::vector{1, 2, 3});
}

TEST_CASE("a daemon that is silent for a moment is waited for, one that says no is not") {
  Talk talk;
  talk.client.on("GET /x", {fail(ErrorCode::unreachable, "gone"), ok("{}")})
      .on("GET /y", {refusal(404, "not_found", "there is no y")});
  const auto over = [](const Json&) { return Done<bool>(true); };
  CHECK(talk.session.poll("/x", over));
  CHECK(talk.client.times("GET /x") == 2);
  const Failure said = failure(talk.session.poll("/y", over));
  CHECK(said.code == failed);
  CHECK(said.message == "there is no y");
}

TEST_CASE("interrupted while it is silent, waiting ends at once") {
  Talk talk;
  talk.client.on("GET /x", {fail(ErrorCode::unreachable, "gone")});
  talk.client.before = [](const auto&) { ::kill(::getpid(), SIGTERM); };
  const auto polled = talk.session.poll("/x", [](const Json&) { return Done<bool>(true); });
  CHECK(failure(polled).code == interrupted);
  CHECK(failure(polled).message.empty());
}

TEST_CASE("a change that was broken off may have happened, a question not") {
  Talk talk;
  talk.client.on("GET /x", {fail(ErrorCode::unreachable, "cut")})
      .on("POST /x", {fail(ErrorCode::unreachable, "cut")});
  talk.client.before = [&talk](const auto&) {
    ::kill(::getpid(), SIGINT);
    (void)talk.interrupts.wait(std::chrono::seconds(5));
  };
  CHECK(failure(talk.session.call("POST", "/x", Json::object())).message.find("audit") !=
        std::string::npos);
  CHECK(failure(talk.session.call("GET", "/x")).code == interrupted);  // not even asked
  CHECK(talk.client.times("GET /x") == 0);
}

TEST_CASE("commands are given back with the flags that were typed") {
  Talk talk;
  CHECK(talk.session.command("overrides") == "haproxy-steward overrides");
  talk.options.flags = " --url unix:/x";
  CHECK(talk.session.command("overrides") == "haproxy-steward overrides --url unix:/x");
}
