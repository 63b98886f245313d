#include "steward/cli/completion.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/cli/arguments.hpp"

using namespace steward;
using namespace steward::cli;

namespace {

std::string script(const char* shell) {
  const auto text = completion(shell);
  REQUIRE(text);
  return *text;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("scripts have every command and flag, and no hidden one") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string text = script(shell);
    CAPTURE(shell);
    for (const char* word : {"drain", "rollout", "completion", "check-config", "max-5xx",
                             "token-file", "web.listen-address"}) {
      CAPTURE(word);
      CHECK(has(text, word));
    }
    CHECK(has(text, "__complete"));               // is called …
    CHECK_FALSE(has(text, "For those scripts"));  // … and not offered
    for (const char* mark : {"@names@", "@flags@", "@values@", "@commands@", "@cases@"}) {
      CHECK_FALSE(has(text, mark));
    }
  }
}

TEST_CASE("words are completed by what they stand for") {
  CHECK(has(script("bash"), "'BACKEND/SERVER') _haproxy_steward_names servers ;;"));
  CHECK(has(script("bash"), "'WEIGHT') _haproxy_steward_words 'default' ;;"));
  CHECK(has(script("bash"), "'HEALTH') _haproxy_steward_words 'up down stopping auto' ;;"));
  CHECK(has(script("zsh"), "':BACKEND/SERVER:{_haproxy_steward_names servers}'"));
  CHECK(has(script("fish"), "-a '(__haproxy_steward_names servers)'"));
}

TEST_CASE("another shell is refused with those there are") {
  const auto text = completion("csh");
  REQUIRE_FALSE(text);
  CHECK(text.error().message == "SHELL: 'csh' is not one of bash, zsh, fish");
}

TEST_CASE("names are each once, and none that a shell would take for something else") {
  const Json servers = Json::parse(R"json({"servers":[
    {"instance":"a","backend":"web","server":"web2"},
    {"instance":"a","backend":"web","server":"web1"},
    {"instance":"b","backend":"web","server":"web1"},
    {"instance":"a","backend":"db","server":"x:1"},
    {"instance":"a","backend":"web","server":"$(reboot)"},
    {"instance":"a","backend":"web","server":"a\nb"},
    {"instance":"a","backend":"web","server":"a b"}]})json");
  using Names = std::vector<std::string>;
  CHECK(names_of(servers, "servers") == Names{"db/x:1", "web/web1", "web/web2"});
  CHECK(names_of(servers, "backends") == Names{"db", "web"});
  CHECK(names_of(Json::parse(R"({"overrides":[{"id":"2"},{"id":"1"}]})"), "overrides") ==
        Names{"1", "2"});
  CHECK(names_of(Json::parse(R"({"rollouts":[{"id":"r"}]})"), "rollouts") == Names{"r"});
  CHECK(names_of(nullptr, "servers").empty());
}
