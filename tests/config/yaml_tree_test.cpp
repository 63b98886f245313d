#include "steward/config/yaml_tree.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include "steward/base/limits.hpp"

using namespace steward;
using namespace steward::config;

namespace {

std::vector<std::string> tree_problems(std::string_view text) {
  Problems problems("f");
  static_cast<void>(parse_tree(text, problems));
  return problems.list();
}

YamlNode tree_of(std::string_view text) {
  Problems problems("f");
  YamlNode root = parse_tree(text, problems);
  CHECK(problems.list().empty());
  return root;
}

using TreeLines = std::vector<std::string>;

}  // namespace

TEST_CASE("every node of the tree knows where it stands") {
  const YamlNode root = tree_of("a: 1\nb:\n  - x\n  - c: 'y'\n");
  REQUIRE(root.kind == YamlNode::Kind::map);
  REQUIRE(root.children.size() == 2);
  CHECK(root.children[0].key == "a");
  CHECK(root.children[0].key_at == Position{1, 1});
  CHECK(root.children[0].at == Position{1, 4});
  CHECK(root.children[0].text == "1");
  CHECK_FALSE(root.children[0].quoted);
  const YamlNode& list = root.children[1];
  REQUIRE(list.kind == YamlNode::Kind::list);
  CHECK(list.children[0].at == Position{3, 5});
  const YamlNode& inner = list.children[1].children[0];
  CHECK(inner.key_at == Position{4, 5});
  CHECK(inner.at == Position{4, 8});
  CHECK(inner.quoted);
}

TEST_CASE("no document is no value, and neither are ~ and null") {
  CHECK(tree_of("").kind == YamlNode::Kind::null);
  CHECK(tree_of("# only a comment\n").kind == YamlNode::Kind::null);
  CHECK(tree_of("---\n").kind == YamlNode::Kind::null);
  CHECK(tree_of("~").kind == YamlNode::Kind::null);
  CHECK(tree_of("null").kind == YamlNode::Kind::null);
  CHECK(tree_of("'null'").kind == YamlNode::Kind::text);
}

TEST_CASE("a missing value stands where its key does") {
  const YamlNode root = tree_of("a:\n\n\nb: 1\n");
  CHECK(root.children[0].at == Position{1, 1});
}

TEST_CASE("what YAML allows and a configuration does not need is refused, all of it") {
  CHECK(tree_problems("a: &x 1\nb: *x\nc: !!int 3\nd: !mine {}\na: 2\n[x]: 1\n~: 1\n") ==
        TreeLines{"f:1:4: anchors (&name) are not supported",
                  "f:2:4: aliases (*name) are not supported; repeat the value",
                  "f:3:4: tags are not supported, 'tag:yaml.org,2002:int'",
                  "f:4:4: tags are not supported, '!mine'",
                  "f:5:1: 'a' is given twice, first in line 1", "f:6:1: a key must be text",
                  "f:7:1: a key must be text"});
}

TEST_CASE("the tree keeps what stands beside a refused part") {
  Problems problems("f");
  const YamlNode root = parse_tree("a: 1\na: 2\nb: [*x]\n", problems);
  CHECK_FALSE(problems.list().empty());
  CHECK(root.kind == YamlNode::Kind::refused);  // an alias to nothing is not even YAML

  Problems again("f");
  const YamlNode kept = parse_tree("a: 1\na: {b: 2}\nc: &x 3\nd: *x\n", again);
  REQUIRE(kept.children.size() == 3);
  CHECK(kept.children[0].text == "1");
  CHECK(kept.children[1].text == "3");
  CHECK(kept.children[2].kind == YamlNode::Kind::refused);
}

TEST_CASE("a billion laughs end at the first anchor") {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
  }
  CHECK(tree_problems(text).front() == "f:1:5: anchors (&name) are not supported");
}

TEST_CASE("a second document is refused") {
  CHECK(tree_problems("a: 1\n---\nb: 2\n") ==
        TreeLines{"f:2:1: the document has ended here; a file holds only one"});
  CHECK(tree_problems("---\na: 1\n...\n").empty());
}

TEST_CASE("bad YAML is named where it is bad") {
  CHECK(tree_problems("a: [1, 2\n") ==
        TreeLines{"f:2:1: this is not YAML: end of sequence flow not found"});
  CHECK(tree_problems("a: [1}\n") == TreeLines{"f:1:6: this is not YAML: illegal flow end"});
  CHECK(tree_problems("a: 1\n b: 2\n") == TreeLines{"f:2:3: this is not YAML: illegal map value"});
}

TEST_CASE("a quote that is never closed does not swallow the rest of the file") {
  const TreeLines open{"f:1:4: this is not YAML: the quote is never closed"};
  CHECK(tree_problems("a: 'x\nb: 2\n") == open);
  CHECK(tree_problems("a: \"x\nb: 2\n") == open);
  CHECK(tree_problems("a: 'it''\n") == open);
  CHECK(tree_problems("a: \"x\\\"\n") == open);
  CHECK(tree_of("a: 'it''s'\n").children[0].text == "it's");
  CHECK(tree_of("\xef\xbb\xbf"
                "a: \"x\\\"y\"\n")
            .children[0]
            .text == "x\"y");
}

TEST_CASE("bytes that are not text are refused before anything is read") {
  using namespace std::string_view_literals;
  CHECK(tree_problems("a: 1\nb: \x04\nc: 2") ==
        TreeLines{"f:2:4: the file has a control character, byte 4"});
  CHECK(tree_problems("a\0b"sv) == TreeLines{"f:1:2: the file has a control character, byte 0"});
  CHECK(tree_problems("a: 1\nbc: \xff") == TreeLines{"f:2:5: the file is not UTF-8 from here on"});
  CHECK(tree_problems("\xff\xfe\x61") == TreeLines{"f:1:1: the file is not UTF-8 from here on"});
  CHECK(tree_problems("a: caf\xc3") == TreeLines{"f:1:7: the file is not UTF-8 from here on"});
  CHECK(tree_problems("\xef\xbb\xbf"
                      "a: é\r\nb: 1\r\n")
            .empty());
}

TEST_CASE("a file may be as large as its limit") {
  const std::string fits = "# " + std::string(limits::kConfigBytes - 2, 'x');
  CHECK(tree_problems(fits).empty());
  CHECK(tree_problems(fits + "x") == TreeLines{"f:1:1: the file is larger than 1048576 bytes"});
}

TEST_CASE("a file may be nested as deep as its limit") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(tree_problems(nested(limits::kConfigDepth)).empty());
  CHECK(tree_problems(nested(limits::kConfigDepth + 1)) ==
        TreeLines{"f:1:17: the file is nested more than 16 deep"});
  CHECK(tree_problems(std::string(100'000, '[')).size() == 1);
  std::string maps;
  for (int i = 0; i < 100'000; ++i) maps += "a: ";
  CHECK(tree_problems(maps).size() == 1);
}

TEST_CASE("a file may have as many values as its limit") {
  const auto list = [](std::size_t items) {
    std::string text = "[";
    for (std::size_t i = 0; i < items; ++i) text += "1,";
    return text + "]";
  };
  CHECK(tree_problems(list(limits::kConfigNodes - 1)).empty());  // the list is a value itself
  CHECK(tree_problems(list(limits::kConfigNodes)) ==
        TreeLines{"f:1:200000: the file has more than 100000 values"});
}

TEST_CASE("problems come from the top of the file down, and past their limit are counted") {
  Problems problems("f");
  problems.add({2, 1}, "second");
  problems.add({1, 9}, "first");
  CHECK(problems.list() == TreeLines{"f:1:9: first", "f:2:1: second"});
  for (std::size_t i = 2; i < limits::kConfigProblems; ++i) problems.add({9, 9}, "x");
  CHECK(problems.full());
  CHECK(problems.list().size() == limits::kConfigProblems);
  problems.add({1, 1}, "too many");
  CHECK(problems.list().size() == limits::kConfigProblems + 1);
  CHECK(problems.list().back() == "f: and 1 more problems");
}

TEST_CASE("a tab that indents is told where it stands, whatever comes of it") {
  const std::string told = "this is not YAML: a tab cannot indent; use spaces";
  CHECK(tree_problems("web:\n\tpath: /m\n") == TreeLines{"f:2:1: " + told});
  CHECK(tree_problems("web:\n  path: /m\n  \tmost: 3\n") == TreeLines{"f:3:3: " + told});
  CHECK(tree_problems("list:\n\t- x\n") == TreeLines{"f:2:1: " + told});
  CHECK(tree_problems("web:\tx\n").empty());
  CHECK(tree_problems("text: |\n  a\n  \tb\n").empty());
}
