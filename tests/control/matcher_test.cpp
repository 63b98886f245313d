#include "steward/control/matcher.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/base/limits.hpp"

using namespace steward;
using namespace steward::control;

namespace {

bool matches(std::string_view matcher, const Labels& labels) {
  const auto parsed = parse_matcher(matcher);
  if (!parsed) throw std::runtime_error(parsed.error().message);
  return parsed->matches(labels);
}

}  // namespace

TEST_CASE("each operator means what it means in Alertmanager") {
  const Labels labels{{"severity", "critical"}, {"empty", ""}};
  CHECK(matches("severity=\"critical\"", labels));
  CHECK(!matches("severity=\"crit\"", labels));
  CHECK(matches("severity!=\"page\"", labels));
  CHECK(matches("severity=~\"crit.*|page\"", labels));
  CHECK(!matches("severity=~\"crit\"", labels));  // anchored
  CHECK(matches("severity!~\"crit\"", labels));
  CHECK(matches("severity=critical", labels));
  CHECK(matches("  severity  =~  \"c.+\"  ", labels));
}

TEST_CASE("a label that is absent is the empty string") {
  CHECK(matches("team=\"\"", {}));
  CHECK(matches("team!=\"web\"", {}));
  CHECK(matches("team=~\".*\"", {}));
  CHECK(!matches("team=~\".+\"", {}));
}

TEST_CASE("quotes and escapes are undone") {
  CHECK(matches(R"(a="x\"y")", {{"a", "x\"y"}}));
  CHECK(matches(R"(a="x\\y")", {{"a", "x\\y"}}));
  CHECK(matches(R"(a="x\ny")", {{"a", "x\ny"}}));
  CHECK(matches(R"(a=~"\d+")", {{"a", "42"}}));
  CHECK(matches(R"(a="x\\")", {{"a", "x\\"}}));
  CHECK(matches("a=\"x,y\"", {{"a", "x,y"}}));
}

TEST_CASE("what is no matcher is refused with the reason") {
  for (const std::string& text :
       {std::string(""), std::string("="), std::string("a"), std::string("a b=c"),
        std::string("1a=b"), std::string("a=\"b"), std::string("a=b\""), std::string("a=\"b\"c\""),
        std::string("a=~\"(\""), std::string("a==\xff"), std::string("a-b=c"),
        std::string("a=\"b\\\""), std::string("a=b,c=d"),
        "a=~" + std::string(limits::kPatternBytes + 1, 'x')}) {
    CAPTURE(text);
    CHECK(!parse_matcher(text));
  }
}

TEST_CASE("no matchers match nothing") {
  CHECK(!all_match({}, {{"a", "b"}}));
  CHECK(all_match({*parse_matcher("a=b")}, {{"a", "b"}}));
  CHECK(!all_match({*parse_matcher("a=b"), *parse_matcher("c=d")}, {{"a", "b"}}));
}
