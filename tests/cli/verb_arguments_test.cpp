#include "steward/cli/verb_arguments.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "cli/parse.hpp"
#include "steward/cli/arguments.hpp"
#include "steward/cli/cli.hpp"

using namespace steward;
using namespace steward::cli;

namespace {

VerbFlags verb_of(const std::vector<const char*>& words) {
  const auto arguments = test::parse(words);
  if (!arguments) FAIL(arguments.error().text);
  CHECK(arguments->command == Command::verb);
  return arguments->verb;
}

std::string verb_misuse(const std::vector<const char*>& words) {
  const auto arguments = test::parse(words);
  REQUIRE_FALSE(arguments);
  CHECK(arguments.error().code == usage);
  return arguments.error().text;
}

const std::vector<std::string> kVerbs{"drain",    "maint",     "ready",      "weight",    "health",
                                      "checks",   "adopt",     "add",        "remove",    "rollout",
                                      "rollouts", "overrides", "release",    "audit",     "pause",
                                      "resume",   "evaluate",  "state-file", "completion"};

}  // namespace

TEST_CASE("every verb has help with an example of its own") {
  for (const std::string& verb : kVerbs) {
    CAPTURE(verb);
    const auto asked = test::parse({verb.c_str(), "--help"});
    REQUIRE_FALSE(asked);
    CHECK(asked.error().code == done);
    CHECK(asked.error().text.find("haproxy-steward " + verb) != std::string::npos);
    CHECK(asked.error().text.find("Example") != std::string::npos);
  }
}

TEST_CASE("the help of what acts says what becomes of it without a daemon") {
  for (const char* verb : {"drain", "maint", "ready", "weight", "health", "checks", "adopt", "add",
                           "remove", "rollout"}) {
    CAPTURE(verb);
    CHECK(test::parse({verb, "--help"}).error().text.find("nothing is released") !=
          std::string::npos);
  }
}

TEST_CASE("a verb has its words and its flags") {
  const VerbFlags drain = verb_of({"drain", "web/web1", "--for", "2h", "--wait=5m", "--force",
                                   "--reason", "new disk", "--url", "unix:/x", "--output", "json"});
  CHECK(drain.verb == "drain");
  CHECK(drain.act.target == "web/web1");
  CHECK(drain.act.lease == "2h");
  CHECK(drain.act.wait == "5m");
  CHECK(drain.act.force);
  CHECK_FALSE(drain.act.dry_run);
  CHECK(drain.act.reason == "new disk");
  CHECK(drain.connection.url == "unix:/x");
  CHECK(drain.connection.output == "json");
  const VerbFlags add = verb_of({"add", "web/web9", "10.0.0.9:80", "--option", "inter=1s",
                                 "--option=check=true", "--timeout", "1m"});
  CHECK(add.membership.address == "10.0.0.9:80");
  CHECK(add.membership.options == std::vector<std::string>{"inter=1s", "check=true"});
  CHECK(add.membership.timeout == "1m");
  const VerbFlags rollouts = verb_of({"rollouts", "17", "pause"});
  CHECK(rollouts.record.id == "17");
  CHECK(rollouts.record.action == "pause");
  CHECK(verb_of({"rollout", "web", "--replace", "a=b@c", "--replace", "d=e@f"})
            .rollout.replace.size() == 2);
  CHECK(verb_of({"weight", "web/web1", "50%"}).act.value == "50%");
  CHECK(verb_of({"evaluate", "-"}).record.file == "-");
}

TEST_CASE("words that are missing or too many are usage errors") {
  CHECK(verb_misuse({"drain"}) ==
        "haproxy-steward: BACKEND/SERVER is required; see haproxy-steward drain --help\n");
  CHECK(verb_misuse({"add", "web/web9"}).find("ADDRESS is required") != std::string::npos);
  CHECK(verb_misuse({"health", "web/web1"}).find("HEALTH is required") != std::string::npos);
  CHECK(verb_misuse({"drain", "a/b", "c/d"}).find("unexpected argument c/d") != std::string::npos);
  CHECK(verb_misuse({"ready", "a/b", "--wait", "5m"}).find("unknown flag --wait") !=
        std::string::npos);
  CHECK(verb_misuse({"audit", "--socket", "/x"}).find("unknown flag --socket") !=
        std::string::npos);
  CHECK(verb_misuse({"darin", "a/b"}).find("did you mean 'drain'?") != std::string::npos);
  CHECK(verb_misuse({"__complet"}).find("did you mean") == std::string::npos);
}
