#include "steward/cli/client.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/cli/cli.hpp"

using namespace steward;
using namespace steward::cli;

TEST_CASE("names are encoded where they stand in a path or a query") {
  CHECK(api_path({"servers", "web", "web1"}) == "/api/v1/servers/web/web1");
  CHECK(api_path({"servers", "a/b", "c d%?"}) == "/api/v1/servers/a%2Fb/c%20d%25%3F");
  CHECK(api_path({"rollouts", "\xC3\xA4\n"}) == "/api/v1/rollouts/%C3%A4%0A");
  CHECK(with_query("/x", {{"a", "1&2"}, {"b", ""}, {"c", "+ ="}}) == "/x?a=1%262&c=%2B%20%3D");
  CHECK(with_query("/x", {{"a", ""}}) == "/x");
}

TEST_CASE("an answer is its body, a problem its detail and an exit code") {
  CHECK(body_of(Reply{201, {{"a", 1}}}).value()["a"] == 1);
  const auto problem = [](int status, const char* code) {
    return body_of(Reply{status, {{"detail", "so it is"}, {"code", code}}}).error();
  };
  CHECK(problem(409, "min_available").code == refused);
  CHECK(problem(409, "min_available").message == "refused (min_available): so it is");
  CHECK(problem(403, "forbidden").code == refused);
  CHECK(problem(404, "unknown_server").code == failed);
  CHECK(problem(404, "unknown_server").message == "so it is");
  CHECK(problem(422, "invalid_value").code == failed);
  CHECK(problem(503, "ledger_unavailable").code == failed);
  CHECK(problem(401, "unauthenticated").message.find("--token-file") != std::string::npos);
  CHECK(body_of(Reply{200, nullptr}).error().code == failed);
  CHECK(body_of(Reply{200, Json::array()}).error().code == failed);
  CHECK(body_of(Reply{502, nullptr}).error().message ==
        "the daemon answered 502, and not as a steward does: is its control listener at "
        "--url?");
}

TEST_CASE("what did not come to an answer fails, too late is code 4") {
  CHECK(body_of(fail(ErrorCode::unreachable, "gone")).error().code == failed);
  CHECK(body_of(fail(ErrorCode::timed_out, "late")).error().code == timed_out);
  CHECK(failure_of({ErrorCode::unreachable, "gone"}).message == "gone");
}

TEST_CASE("members of other kinds than expected are text, or nothing") {
  const Json json = Json::parse(R"({"a":"x","b":5,"c":null,"d":[1],"e":true})");
  CHECK(text_at(json, "a") == "x");
  CHECK(text_at(json, "b") == "5");
  CHECK(text_at(json, "c").empty());
  CHECK(text_at(json, "nosuch").empty());
  CHECK(text_at(json, "e") == "true");
  CHECK(text_at(Json(3), "a").empty());
  CHECK(list_at(json, "d").size() == 1);
  CHECK(list_at(json, "a").empty());
  CHECK(list_at(Json(nullptr), "a").empty());
}

TEST_CASE("JSON for programs is ASCII, whatever bytes there were") {
  CHECK(pretty({{"a", "\xC3\xA4\x1b"}}) == "{\n  \"a\": \"\\u00e4\\u001b\"\n}\n");
  CHECK(pretty(Json("\xFF")) == "\"\\ufffd\"\n");
}
