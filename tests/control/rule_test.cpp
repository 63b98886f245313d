#include "steward/control/rule.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;
using namespace steward::control;

namespace {

std::optional<std::string> extract(const std::string& regex, const std::string& replacement,
                                   const Labels& labels) {
  auto made = Extraction::make({{"a", "b"}, ";", regex, replacement});
  if (!made) throw std::runtime_error(made.error().message);
  return made->of(labels);
}

}  // namespace

TEST_CASE("labels are joined, matched whole and replaced as Prometheus relabels") {
  const Labels labels{{"a", "10.0.0.1:9100"}, {"b", "web"}};
  CHECK(extract("(.+):\\d+;(.*)", "$1", labels) == "10.0.0.1");
  CHECK(extract("(.+):\\d+;(.*)", "${2}_$1", labels) == "web_10.0.0.1");
  CHECK(extract("(?P<host>.+):\\d+;.*", "$host", labels) == "10.0.0.1");
  CHECK(extract("(.+):.*", "$$$1", labels) == "$10.0.0.1");
  CHECK(extract("(.*)", "$1", labels) == "10.0.0.1:9100;web");
  CHECK(!extract("10", "$0", labels));
}

TEST_CASE("a dot is any character, as Prometheus has it, and a group without a part is empty") {
  CHECK(extract("(.*);.*", "$1", {{"a", "x\ny"}}) == "x\ny");
  CHECK(extract("(x)?(.*);.*", "<$1>$2", {{"a", "y"}}) == "<>y");
}

TEST_CASE("an outcome that is empty is none") {
  CHECK(!extract("(.*);(.*)", "$1", {{"b", "web"}}));
}

TEST_CASE("an extraction that cannot work is refused at once") {
  CHECK(!Extraction::make({{}, ";", "(.*)", "$1"}));
  CHECK(!Extraction::make({{"a-b"}, ";", "(.*)", "$1"}));
  CHECK(!Extraction::make({{"a"}, ";", "(", "$1"}));
  CHECK(!Extraction::make({{"a"}, ";", "(.*)", "$2"}));
  CHECK(!Extraction::make({{"a"}, ";", "(.*)", "$1x"}));  // the group "1x"
  CHECK(!Extraction::make({{"a"}, ";", "(.*)", "$1é"}));  // the same in Go
  CHECK(!Extraction::make({{"a"}, ";", "(.*)", "$01"}));
  CHECK(!Extraction::make({{"a"}, ";", "(.*)", "$name"}));
  CHECK(!Extraction::make({{"a"}, ";", "(.*)", "$99999999999"}));
  CHECK(!Extraction::make({{"a"}, ";", "(.*)", "${}"}));
  CHECK(!Extraction::make({{"a"}, ";", "(.*)", "${1"}));
  CHECK(!Extraction::make({{"a"}, ";", "(.*)", "$"}));
}

TEST_CASE("the first rule that matches wins") {
  std::vector<Rule> rules(3);
  rules[0].name = "none";
  rules[1].name = "first";
  rules[1].match = {*parse_matcher("a=b")};
  rules[2].name = "second";
  rules[2].match = {*parse_matcher("a=~.+")};
  CHECK(find_rule(rules, {{"a", "b"}}) == &rules[1]);
  CHECK(find_rule(rules, {{"a", "c"}}) == &rules[2]);
  CHECK(find_rule(rules, {}) == nullptr);
}

TEST_CASE("a rule that finds no target says in which labels it looked") {
  Rule rule;
  rule.name = "drain";
  rule.backend = *Extraction::make({{"proxy"}, ";", "(.*)", "$1"});
  rule.server = *Extraction::make({{"server"}, ";", "(.*)", "$1"});
  CHECK(target_of(rule, {{"proxy", "web"}, {"server", "web1"}}) ==
        TargetSpec{std::nullopt, "web", "web1", std::nullopt});
  const auto none = target_of(rule, {{"proxy", "web"}});
  REQUIRE(!none);
  CHECK(none.error().message ==
        "rule drain: target.server finds nothing in the labels server=(absent)");
}

TEST_CASE("a name of labels that Prometheus would not take is refused") {
  for (const char* name : {"", "1a", "a.b", "é", "a b", "a:b"}) {
    CAPTURE(name);
    CHECK(!Extraction::make({{name}, ";", "(.*)", "$1"}));
  }
}

TEST_CASE("without rules the labels of an alert say what to do") {
  const auto wish = wish_of_labels(
      {{"haproxy_action", "weight=25%"}, {"proxy", "web"}, {"server", "web1"}, {"haproxy", "lb1"}});
  REQUIRE(wish);
  REQUIRE(*wish);
  CHECK((*wish)->rule.set == Value{Setting::weight, 25, true});
  CHECK((*wish)->target == TargetSpec{"lb1", "web", "web1", std::nullopt});
  CHECK(wish_of_labels({{"server", "web1"}})->has_value() == false);
  CHECK(!wish_of_labels({{"haproxy_action", "ready"}, {"backend", "web"}, {"server", "web1"}}));
  CHECK(!wish_of_labels({{"haproxy_action", "weight=300%"}, {"backend", "b"}, {"server", "s"}}));
  CHECK(!wish_of_labels({{"haproxy_action", "drain"}, {"server", "web1"}}));
}
