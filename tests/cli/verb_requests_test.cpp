#include "steward/cli/verb_requests.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::cli;
using namespace std::chrono_literals;

namespace {

template <class T>
std::string wrong_request(const Result<T>& request) {
  REQUIRE_FALSE(request);
  CHECK(request.error().code == ErrorCode::invalid);
  return request.error().message;
}

ActFlags on_web1() {
  ActFlags flags;
  flags.target = "web/web1";
  return flags;
}

std::string body_of_act(const std::string& verb, const ActFlags& flags) {
  return REQUIRE_OK(act_request(verb, flags)).body.dump();
}

}  // namespace

TEST_CASE("a server is named with its backend, exactly") {
  CHECK(REQUIRE_OK(parse_server_name("web/web1")) == ServerName{"web", "web1"});
  for (const char* text : {"", "web", "web/", "/web1", "/", "web/web1/x", "a//b"}) {
    CAPTURE(text);
    CHECK(wrong_request(parse_server_name(text)).find("is not BACKEND/SERVER") !=
          std::string::npos);
  }
}

TEST_CASE("an action is put as the API wants it") {
  ActFlags flags = on_web1();
  CHECK(body_of_act("drain", flags) == R"({"action":"drain","backend":"web","server":"web1"})");
  flags.lease = "2h";
  flags.reason = "new disk";
  flags.instance = "lb1";
  flags.force = flags.dry_run = true;
  flags.wait = "5m";
  const auto request = REQUIRE_OK(act_request("maint", flags));
  CHECK(request.body.dump() ==
        R"({"action":"maint","backend":"web","server":"web1","instance":"lb1","for":"2h",)"
        R"("reason":"new disk","force":true,"dry_run":true})");
  CHECK(request.wait == 5min);
  CHECK(request.dry_run);
  CHECK(request.instance == "lb1");
  flags.lease = "unlimited";
  CHECK(REQUIRE_OK(act_request("maint", flags)).body["for"] == "unlimited");
}

TEST_CASE("values are those of their verb") {
  const auto value = [](const char* verb, const char* typed) {
    ActFlags flags = on_web1();
    flags.value = typed;
    return REQUIRE_OK(act_request(verb, flags)).body["value"].get<std::string>();
  };
  CHECK(value("weight", "50%") == "50%");
  CHECK(value("weight", "default") == "default");
  CHECK(value("health", "stopping") == "stopping");
  CHECK(value("health", "auto") == "auto");
  CHECK(value("checks", "on") == "enabled");
  CHECK(value("checks", "off") == "disabled");
  ActFlags flags = on_web1();
  CHECK(wrong_request(act_request("weight", flags)) == "WEIGHT: it is required, or --ramp");
  flags.value = "sideways";
  CHECK(wrong_request(act_request("health", flags)) ==
        "HEALTH: 'sideways' is not one of up, down, stopping, auto");
  CHECK(wrong_request(act_request("checks", flags)) == "ON|OFF: 'sideways' is not one of on, off");
}

TEST_CASE("a ramp has two ends and a time") {
  ActFlags flags = on_web1();
  flags.ramp = "10%..100%";
  flags.over = "5m";
  const auto request = REQUIRE_OK(act_request("weight", flags));
  CHECK(request.body["value"] == "100%");
  CHECK(request.body["ramp"].dump() == R"({"from":"10%","over":"5m"})");
  CHECK(request.ramp == 5min);
  flags.value = "7";
  CHECK(wrong_request(act_request("weight", flags)).starts_with("WEIGHT: "));
  flags.value.reset();
  for (const char* bad : {"10%", "..100%", "10%..", ".."}) {
    flags.ramp = bad;
    CHECK(wrong_request(act_request("weight", flags)).starts_with("--ramp: "));
  }
  flags.ramp = "1..2";
  flags.over = "soon";
  CHECK(
      wrong_request(act_request("weight", flags)).starts_with("--over: 'soon' is not a duration"));
  flags.over.reset();
  CHECK(wrong_request(act_request("weight", flags)).starts_with("--over: "));
  flags.ramp.reset();
  flags.value = "1";
  flags.over = "5m";
  CHECK(wrong_request(act_request("weight", flags)) == "--over: it belongs to --ramp FROM..TO");
}

TEST_CASE("a lease of no time is not one that never ends") {
  ActFlags flags = on_web1();
  flags.lease = "0s";
  CHECK(wrong_request(act_request("drain", flags)) == "--for: 0 is no time; forever is unlimited");
  flags.lease = "unlimited";
  CHECK(act_request("drain", flags));
}

TEST_CASE("a duration that is none is told by its flag") {
  ActFlags flags = on_web1();
  flags.lease = "2 hours";
  CHECK(wrong_request(act_request("drain", flags)).starts_with("--for: "));
  flags.lease.reset();
  flags.wait = "x";
  CHECK(wrong_request(act_request("drain", flags)).starts_with("--wait: "));
}

TEST_CASE("an addition has its address, and options by their kinds") {
  MembershipFlags flags;
  flags.target = "web/web9";
  flags.address = "10.0.0.9:80";
  flags.like = "web1";
  flags.options = {"inter=1s", "check=true", "maxconn=50", "sni=str(a=b)"};
  flags.timeout = "1m";
  const auto request = REQUIRE_OK(add_request(flags));
  CHECK(request.path == "/api/v1/servers/web/web9");
  CHECK(request.body.dump() ==
        R"x({"address":"10.0.0.9:80","like":"web1","options":{"inter":"1s","check":true,)x"
        R"x("maxconn":50,"sni":"str(a=b)"},"timeout":"1m"})x");
  flags.options = {"inter"};
  CHECK(wrong_request(add_request(flags)) == "--option: 'inter' is not KEY=VALUE, as inter=1s");
  flags.options = {"a=1", "a=2"};
  CHECK(wrong_request(add_request(flags)) == "--option: a is given more than once");
  flags.options = {};
  flags.timeout = "soon";
  CHECK(wrong_request(add_request(flags)).starts_with("--timeout: "));
}

TEST_CASE("a removal is all in its path") {
  MembershipFlags flags;
  flags.target = "web/web9";
  CHECK(REQUIRE_OK(remove_request(flags)).path == "/api/v1/servers/web/web9");
  CHECK(REQUIRE_OK(remove_request(flags)).body.is_null());
  flags.timeout = "5m";
  flags.on_timeout = "cut";
  flags.instance = "lb1";
  flags.reason = "a & b";
  flags.force = flags.dry_run = true;
  CHECK(REQUIRE_OK(remove_request(flags)).path ==
        "/api/v1/servers/web/web9?instance=lb1&timeout=5m&on_timeout=cut&force=true&"
        "reason=a%20%26%20b&dry_run=true");
  flags.on_timeout = "kill";
  CHECK(wrong_request(remove_request(flags)) == "--on-timeout: 'kill' is not one of fail, cut");
  flags.on_timeout.reset();
  flags.timeout = "soon";
  CHECK(wrong_request(remove_request(flags)).starts_with("--timeout: "));
}

TEST_CASE("a rollout cycles or replaces") {
  RolloutFlags flags;
  flags.backend = "web";
  CHECK(wrong_request(rollout_request(flags)).starts_with("--cycle, --replace: "));
  flags.cycle = "web1, web2";
  CHECK(REQUIRE_OK(rollout_request(flags)).body.dump() ==
        R"({"backend":"web","cycle":["web1","web2"]})");
  flags.replace = {"web1=web9@10.0.0.9:80"};
  CHECK(wrong_request(rollout_request(flags)).starts_with("--cycle, --replace: "));
  flags.cycle.reset();
  flags.replace.emplace_back("web2=web10@[::1]:80");
  CHECK(REQUIRE_OK(rollout_request(flags)).body["replace"].dump() ==
        R"([{"out":"web1","in":"web9","address":"10.0.0.9:80"},)"
        R"({"out":"web2","in":"web10","address":"[::1]:80"}])");
  for (const char* bad :
       {"", "web1", "web1=web9", "web1@x", "=web9@x", "web1=@x", "web1=web9@", "@="}) {
    flags.replace = {bad};
    CAPTURE(bad);
    CHECK(wrong_request(rollout_request(flags)).starts_with("--replace: "));
  }
  flags.replace = {};
  for (const char* bad : {"", ",", "web1,", "web1,,web2"}) {
    flags.cycle = bad;
    CHECK(wrong_request(rollout_request(flags)).starts_with("--cycle: "));
  }
}

TEST_CASE("the terms of a rollout are checked and passed on") {
  RolloutFlags flags;
  flags.backend = "web";
  flags.cycle = "web1";
  flags.max_parallel = "2";
  flags.drain_timeout = "1m";
  flags.on_timeout = "cut";
  flags.health_timeout = "10s";
  flags.approval_timeout = "2h";
  flags.soak = "0";
  flags.max_5xx = "0.5";
  flags.no_rollback = true;
  flags.hook = "true";
  const auto request = REQUIRE_OK(rollout_request(flags));
  CHECK(request.body.dump() ==
        R"({"backend":"web","cycle":["web1"],"max_parallel":2,"drain_timeout":"1m",)"
        R"("on_timeout":"cut","approval":true,"approval_timeout":"2h","health_timeout":"10s",)"
        R"("soak":"0","max_5xx":0.5,"rollback":false})");
  CHECK(request.hook == "true");
  flags.detach = true;
  CHECK(wrong_request(rollout_request(flags)).starts_with("--hook: "));
  flags.detach = false;
  flags.approval = true;
  CHECK(wrong_request(rollout_request(flags)).starts_with("--hook: "));
  flags.hook.reset();
  flags.max_parallel = "0";
  CHECK(wrong_request(rollout_request(flags)) ==
        "--max-parallel: '0' is not a number from 1 to 1000");
  flags.max_parallel.reset();
  flags.max_5xx = "101";
  CHECK(wrong_request(rollout_request(flags)) == "--max-5xx: '101' is not a percentage, as 0.5");
}
