// The strict half of reading YAML: text to a tree in which every node knows where it stands.
// What YAML allows and a configuration does not need is refused here: anchors, aliases, tags,
// duplicate keys, keys that are not text, several documents, control characters, and whatever
// passes a limit. Config files themselves are read with Section (config/yaml.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace steward::config {

// Counted from 1; columns are bytes.
struct Position {
  int line = 1;
  int column = 1;
  bool operator==(const Position&) const = default;
};

// What is wrong with one file, by position.
class Problems {
 public:
  explicit Problems(std::string_view file) : file_(file) {}

  // `sentence` holds no control characters (base/text.hpp, printable).
  void add(Position at, std::string sentence);

  // True once further problems are only counted.
  [[nodiscard]] bool full() const;

  // "file:line:column: sentence", from the top of the file to its end. Past
  // limits::kConfigProblems one last line says how many more there are.
  [[nodiscard]] std::vector<std::string> list() const;

 private:
  struct Problem {
    Position at;
    std::string sentence;
  };
  std::string file_;
  std::vector<Problem> problems_;
  std::size_t more_ = 0;
};

struct YamlNode {
  enum class Kind {
    null,     // "key:" with nothing behind it, ~, null
    text,     // every other scalar: a number is text until somebody asks for a number
    list,     // its items are the children
    map,      // its values are the children, each with its key
    refused,  // a problem said why; whoever meets it says nothing more
  };
  Kind kind = Kind::null;
  Position at;
  std::string key;  // in a map
  Position key_at;
  std::string text;
  bool quoted = false;  // or a block: "40" is not a number
  std::vector<YamlNode> children;
};

// The root of the one document in `text`; Kind::null for none, Kind::refused if it is not YAML or
// passes a limit. Never throws: whatever is wrong goes to `problems`; the tree holds the rest.
[[nodiscard]] YamlNode parse_tree(std::string_view text, Problems& problems);

}  // namespace steward::config
