#include "steward/http/payload.hpp"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "steward/base/limits.hpp"
#include "support/fixture.hpp"

using namespace steward;
using namespace steward::control;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using http::parse_payload;

namespace {

// As Alertmanager 0.25 sends it.
const char* const kDelivery = R"({"receiver":"web\\.hook","status":"firing","alerts":[
 {"status":"firing","labels":{"alertname":"Bad","server":"web1"},"annotations":{"a":"b"},
  "startsAt":"2026-11-23T11:18:33.042Z","endsAt":"0001-01-01T00:00:00Z",
  "generatorURL":"http://x","fingerprint":"f00d"},
 {"status":"resolved","labels":{"alertname":"Bad","server":"web2"},"annotations":{},
  "startsAt":"2026-11-23T11:00:00Z","endsAt":"2026-11-23T11:18:00Z","generatorURL":"",
  "fingerprint":"beef"}],
 "groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://am",
 "version":"4","groupKey":"{}:{alertname=\"Bad\"}","truncatedAlerts":3})";

const std::string kBare = R"({"status":"firing"})";

std::string problem_of(std::string_view json) {
  const auto payload = parse_payload(json);
  return payload ? "" : payload.error().message;
}

Delivery delivery(std::string_view json) {
  const auto payload = parse_payload(json);
  if (!payload) throw std::runtime_error(payload.error().message);
  return std::get<Delivery>(*payload);
}

ManualAction action(std::string_view json) {
  const auto payload = parse_payload(json);
  if (!payload) throw std::runtime_error(payload.error().message);
  return std::get<ManualRequest>(*payload).actions.at(0);
}

std::string manual(const std::string& more) {
  return R"({"backend":"web","server":"web1",)" + more + "}";
}

}  // namespace

TEST_CASE("Alertmanager's payload is read alert by alert") {
  const auto payload = parse_payload(kDelivery);
  REQUIRE(payload);
  const auto& delivery = std::get<Delivery>(*payload);
  CHECK(delivery.truncated == 3);
  CHECK(delivery.group_key == "{}:{alertname=\"Bad\"}");
  REQUIRE(delivery.alerts.size() == 2);
  CHECK(delivery.alerts[0].firing);
  CHECK(delivery.alerts[0].labels.at("server") == "web1");
  CHECK(format_time(delivery.alerts[0].starts_at) == "2026-11-23T11:18:33.042Z");
  CHECK(!delivery.alerts[1].firing);
}

TEST_CASE("an alert without a fingerprint is known by its labels") {
  const auto fingerprint = [](const std::string& labels) {
    const auto payload =
        parse_payload(R"({"alerts":[{"status":"firing","labels":)" + labels + "}]}");
    return std::get<Delivery>(*payload).alerts.at(0).fingerprint;
  };
  CHECK(fingerprint(R"({"a":"b","c":"d"})") == fingerprint(R"({"c":"d","a":"b"})"));
  CHECK(fingerprint(R"({"a":"b"})") != fingerprint(R"({"a":"c"})"));
  CHECK(fingerprint(R"({"a":"bc"})") != fingerprint(R"({"ab":"c"})"));
  CHECK(fingerprint("{}").size() == 16);
}

TEST_CASE("the fingerprint made of an alert's labels is the one Alertmanager gives it") {
  for (const char* name : {"firing", "resolved", "grouped", "truncated", "hostile"}) {
    CAPTURE(name);
    std::string json = test::read_fixture("alertmanager/" + std::string(name) + ".json");
    const Delivery theirs = delivery(json);
    for (std::size_t at = 0; (at = json.find("\"fingerprint\"", at)) != json.npos;) {
      json.replace(at, 13, "\"unknown\"");
    }
    CHECK(delivery(json) == theirs);
  }
}

TEST_CASE("what Alertmanager sends is read whole, hostile labels and all") {
  const auto read = [](const std::string& name) {
    return delivery(test::read_fixture("alertmanager/" + name));
  };
  CHECK(read("firing.json").alerts.at(0).firing);
  CHECK(!read("resolved.json").alerts.at(0).firing);
  CHECK(read("resolved.json").alerts.at(0).starts_at == read("firing.json").alerts.at(0).starts_at);
  const Delivery group = read("grouped.json");
  REQUIRE(group.alerts.size() == 3);
  CHECK(group.alerts[0].firing);
  CHECK(!group.alerts[1].firing);
  CHECK(read("truncated.json").alerts.size() == 2);
  CHECK(read("truncated.json").truncated == 3);
  CHECK(read("hostile.json").alerts.at(0).labels.at("server") ==
        std::string("ser;ver\n#1/\0\u2028\"<&>\\", 20));
}

TEST_CASE("Grafana's payload is read as Alertmanager's") {
  const Delivery grafana = delivery(test::read_fixture("alertmanager/grafana.json"));
  REQUIRE(grafana.alerts.size() == 2);
  CHECK(grafana.alerts[0].firing);
  CHECK(grafana.alerts[0].fingerprint == "c0ffee0123456789");
  CHECK(format_time(grafana.alerts[0].starts_at) == "2026-11-23T12:33:24.157Z");
  CHECK(!grafana.alerts[1].firing);
}

TEST_CASE("a label keeps its own value, whatever its name") {
  const auto labels = delivery(R"({"alerts":[{"status":"firing","labels":
      {"a":"1","a\u0000b":"2","":"3","é.x":"4"}}]})")
                          .alerts.at(0)
                          .labels;
  CHECK(labels == Labels{{"a", "1"}, {std::string("a\0b", 3), "2"}, {"", "3"}, {"é.x", "4"}});
}

TEST_CASE("manual actions are read") {
  CHECK(action(manual(R"("action":"drain")")).value == Value{Setting::state, kDrain});
  CHECK(action(manual(R"("action":"weight","value":"50%")")).value ==
        Value{Setting::weight, 50, true});
  CHECK(action(manual(R"("action":"weight","value":7)")).value == Value{Setting::weight, 7});
  CHECK(action(manual(R"("action":"weight","value":"default")")).value == control::kOwnWeight);
  CHECK(action(manual(R"("action":"health","value":"auto")")).value ==
        Value{Setting::health, kByChecks});
  CHECK(action(manual(R"("action":"checks","value":"disabled")")).value ==
        Value{Setting::checks, kDisabled});
  CHECK(action(manual(R"("action":"adopt")")).value == control::kAdopted);
  const auto full = action(manual(
      R"("action":"maint","instance":"lb1","for":"30m","reason":"x","force":true,"return":"immediate")"));
  CHECK(full.instance == "lb1");
  CHECK(full.lease == 30min);
  CHECK(full.force);
  CHECK(!full.return_safely);
  CHECK(action(manual(R"("action":"drain","for":"unlimited")")).lease == 0ms);
  CHECK(!action(manual(R"("action":"drain")")).lease);
}

TEST_CASE("several actions are one request") {
  const auto payload = parse_payload(
      R"({"dry_run":true,"actions":[{"action":"drain","backend":"a","server":"b"},
          {"action":"ready","backend":"a","server":"c"}]})");
  REQUIRE(payload);
  CHECK(std::get<ManualRequest>(*payload).actions.size() == 2);
  CHECK(std::get<ManualRequest>(*payload).dry_run);
}

TEST_CASE("what is wrong is told with its path") {
  CHECK_THAT(problem_of(R"({"alerts":[{"status":"firing","labels":{"server":1}}]})"),
             ContainsSubstring("alerts[0].labels.server: a string is wanted, not a number"));
  CHECK_THAT(problem_of(R"({"alerts":[{"status":"firing","labels":{"server":null}}]})"),
             ContainsSubstring("alerts[0].labels.server: a string is wanted, not null"));
  CHECK_THAT(problem_of(R"({"alerts":[{"status":"firing","labels":{"server":[]}}]})"),
             ContainsSubstring("alerts[0].labels.server: a string is wanted, not an array"));
  CHECK_THAT(problem_of(R"({"alerts":[{"status":"broken"}]})"),
             ContainsSubstring("alerts[0].status"));
  CHECK_THAT(problem_of(R"({"alerts":{}})"), ContainsSubstring("alerts: an array is wanted"));
  CHECK_THAT(problem_of(R"({"alerts":[1]})"), ContainsSubstring("alerts[0]: an object is wanted"));
  CHECK_THAT(problem_of(R"({"alerts":[{"status":"firing","startsAt":"now"}]})"),
             ContainsSubstring("alerts[0].startsAt"));
  CHECK_THAT(problem_of(manual(R"("action":"drain","forse":true)")),
             ContainsSubstring("forse: unknown key; did you mean 'force'?"));
  CHECK_THAT(problem_of(R"({"actions":[{"action":"drain","backend":"a","server":"b"},{}]})"),
             ContainsSubstring("actions[1].action: it is missing"));
  CHECK_THAT(problem_of(manual(R"("action":"drain","value":"50%")")),
             ContainsSubstring("drain takes no value"));
  CHECK_THAT(problem_of(manual(R"("action":"drain","for":"")")), ContainsSubstring("for: "));
  CHECK_THAT(problem_of(manual(R"("action":"adopt","for":"1h")")),
             ContainsSubstring("for: adopt takes none"));
  CHECK_THAT(problem_of(manual(R"("action":"adopt","force":true)")),
             ContainsSubstring("force: adopt takes none"));
  CHECK_THAT(problem_of(R"({"alerts":[)"), !ContainsSubstring("json.exception"));
}

TEST_CASE("names that could be commands never get through") {
  for (const char* name : {"ser;ver", "a\\nb", "a\\u0000b", "#1", "a b", "", "*", "a/b"}) {
    CAPTURE(name);
    const std::string json =
        std::string(R"({"action":"drain","backend":"web","server":")") + name + "\"}";
    CHECK_THAT(problem_of(json), ContainsSubstring("server: "));
  }
}

TEST_CASE("weights out of range never get through") {
  for (const char* value : {"257", "-1", "\"300%\"", "1.5", "\"-1\"", "\"\"", "true", "null"}) {
    CAPTURE(value);
    CHECK(!problem_of(manual(std::string(R"("action":"weight","value":)") + value)).empty());
  }
}

TEST_CASE("what is no payload is refused") {
  for (const std::string& json :
       {std::string(""), std::string("{"), std::string("[]"), std::string("null"),
        std::string("{}"), std::string("\"x\""), std::string(R"({"alerts":[],"action":"drain"})"),
        std::string(
            R"({"action":"drain","actions":[{"action":"drain","backend":"a","server":"b"}]})"),
        std::string(R"({"alerts":[],"version":"5"})"), std::string(R"({"actions":[]})"),
        std::string("{\"alerts\":[{\"status\":\"\xff\"}]}"),
        std::string(R"({"alerts":[],"alerts":[]})"), std::string(600'000, '['),
        R"({"alerts":)" + std::string(20, '[') + std::string(20, ']') + "}"}) {
    CAPTURE(json.substr(0, 60));
    CHECK(!problem_of(json).empty());
  }
}

TEST_CASE("a limit is kept to the last; too many is too large, a text too long is malformed") {
  const auto is_refused = [](const std::string& json, ErrorCode code, std::string_view words) {
    const auto payload = parse_payload(json);
    REQUIRE(!payload);
    CHECK(payload.error().code == code);
    CHECK_THAT(payload.error().message, ContainsSubstring(std::string(words)));
    CHECK(payload.error().message.size() < 400);
  };
  const auto alerts = [](std::size_t count) {
    std::string json = R"({"alerts":[)";
    for (std::size_t i = 0; i < count; ++i) json += (i == 0 ? "" : ",") + kBare;
    return json + "]}";
  };
  const auto labelled = [](std::size_t count, const std::string& name, const std::string& value) {
    std::string json = R"({"alerts":[{"status":"firing","labels":{)";
    for (std::size_t i = 0; i < count; ++i) {
      json += fmt::format(R"({}"{}{}":"{}")", i == 0 ? "" : ",", name, i, value);
    }
    return json + "}}]}";
  };
  const auto nested = [](int levels) {
    const auto depth = static_cast<std::size_t>(levels) - 1;
    return R"({"alerts":[],"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  const std::string full(limits::kLabelBytes, 'x');

  CHECK(parse_payload(alerts(limits::kAlerts)));
  is_refused(alerts(limits::kAlerts + 1), ErrorCode::limit,
             "alerts: 5001 items, at most 5000 are taken");
  CHECK(parse_payload(labelled(limits::kLabels, "l", "v")));
  is_refused(labelled(limits::kLabels + 1, "l", "v"), ErrorCode::limit,
             "alerts[0].labels: more than 128 labels");
  CHECK(parse_payload(labelled(1, "l", full)));
  is_refused(labelled(1, "l", full + "x"), ErrorCode::invalid,
             "alerts[0].labels.l0: more than 4096 bytes");
  is_refused(labelled(1, full, "v"), ErrorCode::invalid,
             "alerts[0].labels: a name of more than 4096 bytes");
  CHECK(parse_payload(nested(limits::kJsonDepth)));
  is_refused(nested(limits::kJsonDepth + 1), ErrorCode::limit, "more than 16 levels");
  is_refused(manual(R"("action":"drain","reason":")" + full + "x\""), ErrorCode::invalid,
             "reason: more than 4096 bytes");
  const std::string body = alerts(1);
  CHECK(parse_payload(body + std::string(limits::kControlBodyBytes - body.size(), ' ')));
  is_refused(std::string(limits::kControlBodyBytes + 1, ' '), ErrorCode::limit,
             "more than 1048576 bytes");
}
