#include "steward/cli/record_view.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward::cli;

TEST_CASE("overrides are a row each") {
  const Json json = Json::parse(R"({"overrides":[
    {"id":"2","instance":"lb1","backend":"web","server":"web1","setting":"state","value":"drain",
     "phase":"pending","guard":"paused","detail":"alerts wait","reason":"",
     "origin":{"kind":"alert","rule":"Sick","principal":"am"},
     "expires":"2026-11-23T18:00:00.000Z"},
    {"id":"1","instance":"lb1","backend":"web","server":"web2","setting":"weight","value":"50%",
     "phase":"active","reason":"new\ndisk","origin":{"kind":"manual","principal":"al"}}]})");
  CHECK(to_text(overrides_table(json), false) ==
        "ID  SERVER        WISH        PHASE    BY            EXPIRES               WHY\n"
        "2   lb1:web/web1  drain       pending  alert (Sick)  2026-11-23T18:00:00Z  paused: alerts "
        "wait\n"
        "1   lb1:web/web2  weight 50%  active   al            -                     new\\ndisk\n");
  CHECK(to_text(overrides_table(nullptr), false) == "ID  SERVER  WISH  PHASE  BY  EXPIRES  WHY\n");
}

TEST_CASE("servers of a daemon are a row each, also those whose address nobody tells") {
  const Json json = Json::parse(R"({"servers":[
    {"instance":"lb1","backend":"web","server":"web1","address":"10.0.0.1","port":80,
     "state":"drain","usable":false,"weight":50,"status":"DRAIN","sessions":3,"queue":0,
     "overrides":["1"]},
    {"instance":"lb1","backend":"web","server":"web2","address":"::1","port":80,
     "state":"ready","usable":true,"weight":100},
    {"instance":"lb1","backend":"web","server":"web3","address":"","port":0,
     "state":"ready","usable":true,"weight":100}]})");
  CHECK(to_text(servers_table(json), false) ==
        "SERVER        ADDRESS      STATUS  STATE  WEIGHT  SESSIONS  QUEUE  OVERRIDES  WHY\n"
        "lb1:web/web1  10.0.0.1:80  DRAIN   drain      50         3      0  1\n"
        "lb1:web/web2  [::1]:80     -       ready     100         -      -  -\n"
        "lb1:web/web3  -            -       ready     100         -      -  -\n");
}

TEST_CASE("a server of a daemon says why it is out, and what is held, suspended or unclear") {
  const auto why = [](const std::string& rest) {
    const Json json = Json::parse(R"({"servers":[{"instance":"lb1","backend":"web","server":"a",)" +
                                  rest + "}]}");
    return servers_table(json).rows.at(0).at(8).text;
  };
  CHECK(why(R"("why_out":"drain held by 01J, alice")") == "drain held by 01J, alice");
  CHECK(why(R"("settings":{"state":{"unclear":false,"stuck":false,"overrides":[
      {"id":"1","value":"drain","phase":"active","suspended":false}]}})")
            .empty());
  CHECK(why(R"("settings":{"state":{"overrides":[{"id":"1","value":"drain","guard":"suspended",
      "detail":"1 of 3 serve","suspended":true}]},
      "weight":{"overrides":[{"id":"2","value":"50%","guard":"rate"}]}})") ==
        "drain suspended: 1 of 3 serve; weight 50% held: rate");
  CHECK(
      why(R"("why_out":"is down","settings":{"state":{"unclear":true},"health":{"stuck":true}})") ==
      "is down; state unclear; health stuck");
  CHECK(why(R"("settings":7)").empty());
}

TEST_CASE("lines of the audit say who, what, and what came of it") {
  const Json json = Json::parse(R"({"lines":[
    {"sequence":1,"time":"2026-11-23T18:00:00.000Z","event":"created","principal":"al",
     "target":"lb1:web/web1","setting":"state","before":"ready","after":"drain","verdict":"disk"},
    {"sequence":2,"time":"2026-11-23T18:00:01.000Z","event":"active","target":"lb1:web/web1",
     "setting":"state","after":"drain","command":"set server web/web1 state drain",
     "answer":"\u001b[2Joh\n"}]})");
  CHECK(to_text(audit_table(json, true), false) ==
        "TIME                  EVENT    BY  SERVER        WHAT                  OUTCOME\n"
        "2026-11-23T18:00:00Z  created  al  lb1:web/web1  state ready -> drain  disk\n"
        "2026-11-23T18:00:01Z  active       lb1:web/web1  state ? -> drain      > set server "
        "web/web1 state drain < \\x1b[2Joh\n");
  CHECK(to_text(audit_table(json, false), false).starts_with("2026-"));
}

TEST_CASE("an evaluation goes alert by alert, rule by rule, guard by guard") {
  const Json payload = Json::parse(R"({"alerts":[
    {"status":"firing","fingerprint":"f1","labels":{"alertname":"Sick","server":"web1"}},
    {"status":"resolved","fingerprint":"f2","labels":{"alertname":"Odd"}}]})");
  const Json answer = Json::parse(R"({"truncated":2,"results":[
    {"alert":"f1","result":"created","mode":"dry_run","instance":"lb1","backend":"web",
     "server":"web1","setting":"state","value":"drain","rule":"drain-sick",
     "rules":[{"rule":"other","matches":false,"missed":"a=\"b\""},
              {"rule":"drain-sick","matches":true}],
     "guards":[{"guard":"stale","passes":true},{"guard":"min_available","passes":true}]},
    {"alert":"f1","result":"deferred","mode":"shadow","instance":"lb2","backend":"web",
     "server":"web1","setting":"state","value":"drain","rule":"drain-sick",
     "guard":"min_available","reason":"1 of 2",
     "guards":[{"guard":"min_available","passes":false,"reason":"1 of 2"},
               {"guard":"rate","passes":true}]},
    {"alert":"f2","result":"ignored","reason":"no rule matches"},
    {"alert":"f3","result":"ignored"}]})");
  CHECK(evaluation_text(answer, payload, false) ==
        "alert Sick (firing), server=web1\n"
        "  rule other: a=\"b\" does not match\n"
        "  rule drain-sick: matches\n"
        "  SERVER        RULE        RESULT             WISH   GUARD          WHY\n"
        "  lb1:web/web1  drain-sick  created            drain  -\n"
        "  lb2:web/web1  drain-sick  deferred (shadow)  drain  min_available  1 of 2\n"
        "  guards of lb1:web/web1: stale, min_available let it pass\n"
        "  guards of lb2:web/web1: rate let it pass; min_available refuses (1 of 2)\n"
        "\n"
        "alert Odd (resolved)\n"
        "  SERVER  RULE  RESULT   WISH  GUARD  WHY\n"
        "  -       -     ignored  -     -      no rule matches\n"
        "\n"
        "alert f3\n"
        "  SERVER  RULE  RESULT   WISH  GUARD  WHY\n"
        "  -       -     ignored  -     -\n"
        "2 alerts were left out by the sender\n");
}

TEST_CASE("an evaluation of actions names each, in one or in a list") {
  const auto heading = [](const char* payload) {
    const Json answer = Json::parse(R"({"results":[{"action":0,"result":"created"}]})");
    const std::string text = evaluation_text(answer, Json::parse(payload), false);
    return text.substr(0, text.find('\n'));
  };
  CHECK(heading(R"({"action":"drain","backend":"web","server":"a"})") == "action 0: drain web/a");
  CHECK(
      heading(R"({"actions":[{"action":"weight","value":"50%","backend":"web","server":"b"}]})") ==
      "action 0: weight web/b 50%");
  CHECK(heading(R"({"action":"a\nb","backend":"\u001b","server":"a"})") ==
        "action 0: a\\nb \\x1b/a");
  CHECK(evaluation_text(Json::parse(R"({"results":[]})"), nullptr, false) ==
        "nothing: there is no alert and no action in it\n");
}
