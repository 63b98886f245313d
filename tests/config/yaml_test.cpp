#include "steward/config/yaml.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/base/address.hpp"

using namespace steward;
using namespace steward::config;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

enum class Colour { red, green };

// One value of every kind a section can read.
struct Sample {
  std::string text = "default";
  bool flag = false;
  unsigned count = 7;
  int small = 0;
  std::chrono::milliseconds wait = 1s;
  Colour colour = Colour::red;
  std::optional<Address> socket;
  std::vector<std::string> names = {"default"};
  std::vector<Sample> items;
};

Result<std::string> short_name(std::string_view text) {
  if (text.size() <= 3) return std::string(text);
  return fail(ErrorCode::invalid, "'{}' is too long", text);
}

void read_sample(Section& section, Sample& sample) {
  section.read("text", sample.text);
  section.read("flag", sample.flag);
  section.read("count", sample.count);
  section.read("small", sample.small, -5, 5);
  section.read("wait", sample.wait);
  section.read("colour", sample.colour,
               one_of<Colour>({{"red", Colour::red}, {"green", Colour::green}}));
  section.read("socket", sample.socket, parse_address);
  section.read_list("names", sample.names, short_name, 3);
  section.sections("items", sample.items, read_sample, 2);
}

Lines read_into(Sample& sample, std::string_view text) {
  return read_yaml(text, "f", [&](Section& root) { root.section("s", sample, read_sample); });
}

Sample read_well(std::string_view text) {
  Sample sample;
  CHECK(read_into(sample, text) == Lines{});
  return sample;
}

Lines problems_of(std::string_view text) {
  Sample sample;
  return read_into(sample, text);
}

}  // namespace

TEST_CASE("a section fills a struct") {
  const Sample sample = read_well(R"(
s:
  text: hello
  flag: true
  count: 4294967295
  small: -5
  wait: 1m30s
  colour: green
  socket: tcp:lb:9999
  names: [a, "b"]
  items:
    - {text: first}
    - {text: second, names: []}
)");
  CHECK(sample.text == "hello");
  CHECK(sample.flag);
  CHECK(sample.count == 4'294'967'295);
  CHECK(sample.small == -5);
  CHECK(sample.wait == 90s);
  CHECK(sample.colour == Colour::green);
  CHECK(sample.socket == Address{TcpAddress{"lb", 9999}});
  CHECK(sample.names == Lines{"a", "b"});
  REQUIRE(sample.items.size() == 2);
  CHECK(sample.items[0].text == "first");
  CHECK(sample.items[0].names == Lines{"default"});
  CHECK(sample.items[1].names.empty());
}

TEST_CASE("what is absent stays at its default") {
  for (const char* text : {"", "# nothing\n", "{}", "s:", "s: {}", "s: {names: , items: }"}) {
    INFO(text);
    const Sample sample = read_well(text);
    CHECK(sample.text == "default");
    CHECK(sample.count == 7);
    CHECK(sample.names == Lines{"default"});
    CHECK(sample.items.empty());
  }
}

TEST_CASE("text may look like anything") {
  CHECK(read_well("s: {text: 0644}").text == "0644");
  CHECK(read_well("s: {text: true}").text == "true");
  CHECK(read_well("s: {text: ''}").text.empty());
  CHECK(read_well("s: {text: 'null'}").text == "null");
}

TEST_CASE("only true and false are booleans") {
  CHECK_FALSE(read_well("s: {flag: false}").flag);
  for (const char* bad : {"yes", "on", "True", "TRUE", "1", "y"}) {
    CHECK(problems_of(fmt::format("s: {{flag: {}}}", bad)) ==
          Lines{fmt::format("f:1:11: s.flag: must be true or false, not '{}'", bad)});
  }
  CHECK(problems_of("s: {flag: 'true'}") ==
        Lines{"f:1:11: s.flag: must be true or false, not 'true' in quotes"});
}

TEST_CASE("numbers are decimal and whole") {
  CHECK(read_well("s: {count: 0}").count == 0);
  for (const char* bad : {"0644", "0x1F", "1e3", "1.0", "+1", "1_000", "-", "-0", "00", "ten",
                          "1 2", "0b1", ".inf"}) {
    CHECK(problems_of(fmt::format("s: {{count: {}}}", bad)) ==
          Lines{fmt::format("f:1:12: s.count: must be a whole decimal number, not '{}'", bad)});
  }
  CHECK(problems_of("s: {count: '1'}") ==
        Lines{"f:1:12: s.count: must be a whole decimal number, not '1' in quotes"});
}

TEST_CASE("a number out of range names the range") {
  CHECK(read_well("s: {small: 5}").small == 5);
  CHECK(problems_of("s: {small: 6}") == Lines{"f:1:12: s.small: must be from -5 to 5, not 6"});
  CHECK(problems_of("s: {small: -6}") == Lines{"f:1:12: s.small: must be from -5 to 5, not -6"});
  CHECK(problems_of("s: {count: 4294967296}") ==
        Lines{"f:1:12: s.count: must be from 0 to 4294967295, not 4294967296"});
  CHECK(problems_of("s: {count: -1}") ==
        Lines{"f:1:12: s.count: must be from 0 to 4294967295, not -1"});
  CHECK(problems_of("s: {count: 99999999999999999999}") ==
        Lines{"f:1:12: s.count: must be from 0 to 4294967295, not 99999999999999999999"});
}

TEST_CASE("a parser's error stands where its value does") {
  CHECK(problems_of("s: {wait: 5}") ==
        Lines{"f:1:11: s.wait: '5' is not a duration; write 5s, 1m30s, 250ms or 2h"});
  CHECK(problems_of("s: {colour: blue}") ==
        Lines{"f:1:13: s.colour: 'blue' is not one of red, green"});
  CHECK(problems_of("s:\n  names: [a, long, b]\n") ==
        Lines{"f:2:14: s.names[1]: 'long' is too long"});
}

TEST_CASE("a value of the wrong shape says which shape is right") {
  CHECK(problems_of("s: {text: [a]}") ==
        Lines{"f:1:11: s.text: must be a single value, not a list"});
  CHECK(problems_of("s: {text: {a: 1}}") ==
        Lines{"f:1:11: s.text: must be a single value, not a map"});
  CHECK(problems_of("s:\n  text:\n  flag: true\n") == Lines{"f:2:3: s.text: has no value"});
  CHECK(problems_of("s: {names: a}") ==
        Lines{"f:1:12: s.names: must be a list, not a single value"});
  CHECK(problems_of("s: {items: {}}") == Lines{"f:1:12: s.items: must be a list, not a map"});
  CHECK(problems_of("s: [a]") == Lines{"f:1:4: s: must be a map, not a list"});
  CHECK(problems_of("s:\n  names:\n    - [x]\n    -\n") ==
        Lines{"f:3:5: s.names[1]: has no value",
              "f:3:7: s.names[0]: must be a single value, not a list"});
  CHECK(problems_of("s: {items: [x]}") ==
        Lines{"f:1:13: s.items[0]: must be a map, not a single value"});
  CHECK(problems_of("[s]") == Lines{"f:1:1: the file must be a map of keys to values, not a list"});
  CHECK(problems_of("s") ==
        Lines{"f:1:1: the file must be a map of keys to values, not a single value"});
}

TEST_CASE("a list has its limit") {
  CHECK(read_well("s: {names: [a, b, c]}").names.size() == 3);
  CHECK(problems_of("s: {names: [a, b, c, d]}") ==
        Lines{"f:1:12: s.names: has 4 items; at most 3 are allowed"});
  CHECK(problems_of("s: {items: [{}, {}, {}]}") ==
        Lines{"f:1:12: s.items: has 3 items; at most 2 are allowed"});
}

TEST_CASE("an unknown key is answered with the nearest known one") {
  CHECK(problems_of("s: {txet: x}") == Lines{"f:1:5: s.txet: unknown key; did you mean 'text'?"});
  CHECK(problems_of("s: {Count: 1}") ==
        Lines{"f:1:5: s.Count: unknown key; did you mean 'count'?"});
  CHECK(problems_of("s: {}\nt: {}") == Lines{"f:2:1: t: unknown key; known here: s"});
  CHECK(problems_of("s: {unlike: 1}") ==
        Lines{"f:1:5: s.unlike: unknown key; known here: text, flag, count, small, wait, colour, "
              "socket, names, items"});
  CHECK(problems_of("\"a\\x1bb\": 1") == Lines{"f:1:1: a\\x1bb: unknown key; known here: s"});
}

TEST_CASE("every problem of the file is listed, from the top down") {
  CHECK(problems_of(R"(s:
  flag: maybe
  items:
    - count: x
      oops: 1
    - text: a
      text: b
  count: 01
t: 1
)") == Lines{"f:2:9: s.flag: must be true or false, not 'maybe'",
             "f:4:14: s.items[0].count: must be a whole decimal number, not 'x'",
             "f:5:7: s.items[0].oops: unknown key; known here: text, flag, count, small, wait, "
             "colour, socket, names, items",
             "f:7:7: 'text' is given twice, first in line 6",
             "f:8:10: s.count: must be a whole decimal number, not '01'",
             "f:9:1: t: unknown key; known here: s"});
}

TEST_CASE("what the tree refused is not complained about again") {
  CHECK(problems_of("s: {text: &a x, names: *a, wait: *a, items: [*a]}").size() == 4);
  CHECK(problems_of("s: {text: \"a\\0b\"}") == Lines{"f:1:11: a NUL byte is not allowed here"});
}

TEST_CASE("text that is not YAML is not read at all") {
  bool called = false;
  const auto problems = read_yaml("a: [", "f", [&](Section&) { called = true; });
  CHECK(problems.size() == 1);
  CHECK_FALSE(called);
}

TEST_CASE("a reader can demand keys, count items and break values by rules of its own") {
  const auto problems = read_yaml("a: [1, 2]\nb: 5\n", "f", [](Section& root) {
    CHECK(root.count("a") == 2);
    CHECK(root.count("b") == 0);
    CHECK(root.count("missing") == 0);
    root.require("b");
    root.require("c");
    root.problem("b", "must be even");
  });
  CHECK(problems == Lines{"f:1:1: c: is missing", "f:2:4: b: must be even"});
}

TEST_CASE("a map may have names of the user's") {
  Lines visited;
  const auto entries_of = [&](std::string_view text) {
    visited.clear();
    return read_yaml(text, "f", [&](Section& root) {
      root.read_entries("m", 2, [&](std::string_view name, std::string_view value) {
        visited.push_back(fmt::format("{}={}", name, value));
        if (value == "bad") return Result<void>(fail(ErrorCode::invalid, "is bad"));
        return Result<void>{};
      });
    });
  };
  CHECK(entries_of("m: {b: '1', a.c: x}") == Lines{});
  CHECK(visited == Lines{"b=1", "a.c=x"});
  CHECK(entries_of("m: {a: , b: ~}") == Lines{});
  CHECK(visited == Lines{"a=", "b="});
  for (const char* none : {"", "m:", "m: {}"}) {
    CHECK(entries_of(none) == Lines{});
    CHECK(visited.empty());
  }
  CHECK(entries_of("m:\n  a: bad\n  \"b\\n\": bad\n") ==
        Lines{"f:2:6: m.a: is bad", "f:3:10: m.b\\n: is bad"});
  CHECK(entries_of("m: {a: [x], b: y}") == Lines{"f:1:8: m.a: must be a single value, not a list"});
  CHECK(visited == Lines{"b=y"});
  CHECK(entries_of("m: {a: x, a: y}") == Lines{"f:1:11: 'a' is given twice, first in line 1"});
  CHECK(visited == Lines{"a=x"});
  CHECK(entries_of("m: {a: 1, b: 2, c: 3}") ==
        Lines{"f:1:4: m: has 3 entries; at most 2 are allowed"});
  CHECK(visited.empty());
  CHECK(entries_of("m: [a]") == Lines{"f:1:4: m: must be a map, not a list"});
}

TEST_CASE("the file's name can be anything") {
  CHECK(read_yaml("a", "x\n.yml", [](Section&) {}).front().starts_with("x\\n.yml:1:1: "));
}
