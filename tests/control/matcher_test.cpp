#include "steward/control/matcher.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

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

// Held against amtool 0.25 (`config routes test`), like some thousands made at random.
TEST_CASE("a matcher means what amtool says it means") {
  struct Line {
    std::string_view matcher, value;
    bool hit;
  };
  for (const Line& line :
       std::initializer_list<Line>{{R"(a=b\)", R"(b\)", true},     // a backslash at the end is one
                                   {R"(a="b\\")", R"(b\)", true},  // and so is one that is escaped
                                   {R"(a=\"b)", R"("b)", true},
                                   {R"(a=b\")", R"(b")", true},
                                   {R"(a="\t")", R"(\t)", true},
                                   {"a=\vb", "\vb", true},  // no blank
                                   {" a =\t\r\f b \n", "b", true},
                                   {"a=b c", "b c", true},
                                   {"a=", "", true},
                                   {"a!=", "", false},
                                   {"a==b", "=b", true},
                                   {"a=!b", "!b", true},
                                   {"a=\"\n\"", "\n", true},
                                   {"a=~b.c", "b\nc", false},
                                   {R"(a=~"b|c")", "bc", false},
                                   {R"(a=~"\pL.")", "é日", true},
                                   {R"(a=~"b{2}")", "bb", true},
                                   {R"(a=~"\\d")", "4", true},
                                   {R"(a!~".+")", "", true}}) {
    CAPTURE(line.matcher, line.value);
    CHECK(matches(line.matcher, {{"a", std::string(line.value)}}) == line.hit);
  }
}

TEST_CASE("what is no matcher is refused with the reason") {
  const std::string long_one = "a=~" + std::string(limits::kPatternBytes + 1, 'x');
  for (const std::string& text : std::vector<std::string>{
           "",          "=",        "a",         "a b=c",      "1a=b",      "a-b=c",
           "a=\"",      "a=\"b",    "a=b\"",     "a=\"b\"c\"", R"(a="b\")", R"(a="b\\\")",
           R"(a=b\\")", "a=~\"(\"", "a=~\")(\"", "a=~x**",     "a==\xff",   "a=b,c=d",
           "a=b}",      "{a=b}",    long_one}) {
    CAPTURE(text);
    CHECK(!parse_matcher(text));
  }
}

TEST_CASE("no matchers match nothing") {
  CHECK(!all_match({}, {{"a", "b"}}));
  CHECK(all_match({*parse_matcher("a=b")}, {{"a", "b"}}));
  CHECK(!all_match({*parse_matcher("a=b"), *parse_matcher("c=d")}, {{"a", "b"}}));
}
