#include "steward/config/yaml_tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Position position(const YAML::Mark& mark) {
  return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

// Ends the parser early, from inside its callbacks.
struct Stop {
  Position at;
  std::string sentence;
};

// Whether the quote that `text` starts with is closed. yaml-cpp 0.7 takes the end of the file for
// the closing quote if a line break stands before it.
bool closes_quote(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!doubled) return true;
      ++i;
    }
  }
  return false;
}

// Builds the tree out of yaml-cpp's events. Its own YAML::Node would keep duplicate keys and
// resolve aliases silently.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, Problems& problems) : text_(text), problems_(problems) {}

  [[nodiscard]] YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) {
      throw Stop{position(mark), "the document has ended here; a file holds only one"};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    attach(make(YamlNode::Kind::null, mark, "", anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    problems_.add(position(mark), "aliases (*name) are not supported; repeat the value");
    attach(make(YamlNode::Kind::refused, mark, "", 0));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = make(YamlNode::Kind::text, mark, tag, anchor);
    node.text = value;
    node.quoted = tag == "!";
    check_quote(mark);
    if (value.find('\0') != std::string::npos) {
      problems_.add(node.at, "a NUL byte is not allowed here");
      node.kind = YamlNode::Kind::refused;
    }
    attach(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make(YamlNode::Kind::list, mark, tag, anchor));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make(YamlNode::Kind::map, mark, tag, anchor));
  }
  void OnMapEnd() override { close(); }

 private:
  // The key that waits for its value. One that is refused takes its value with it.
  struct Key {
    std::string text;
    Position at;
    bool refused = false;
  };
  // A map or list that is not complete yet.
  struct Open {
    YamlNode node;
    std::optional<Key> key;
    std::unordered_map<std::string, Position> seen;
  };

  void check_quote(const YAML::Mark& mark) const {
    const std::string_view rest = text_.substr(static_cast<std::size_t>(mark.pos));
    if ((rest.starts_with('\'') || rest.starts_with('"')) && !closes_quote(rest)) {
      throw Stop{position(mark), "this is not YAML: the quote is never closed"};
    }
  }

  YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor) {
    YamlNode node;
    node.kind = kind;
    node.at = position(mark);
    if (++nodes_ > limits::kConfigNodes) {
      throw Stop{node.at, fmt::format("the file has more than {} values", limits::kConfigNodes)};
    }
    if (anchor != 0) problems_.add(node.at, "anchors (&name) are not supported");
    // yaml-cpp says "?" for a plain node and "!" for a quoted one.
    if (!tag.empty() && tag != "?" && tag != "!") {
      problems_.add(node.at, fmt::format("tags are not supported, '{}'", printable(tag)));
    }
    return node;
  }

  void open(YamlNode node) {
    if (open_.size() >= limits::kConfigDepth) {
      throw Stop{node.at,
                 fmt::format("the file is nested more than {} deep", limits::kConfigDepth)};
    }
    open_.push_back({std::move(node), std::nullopt, {}});
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    attach(std::move(node));
  }

  void attach(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.kind == YamlNode::Kind::list) {
      // The parser marks a missing item where the next token stands.
      if (node.kind == YamlNode::Kind::null) node.at = parent.node.at;
      parent.node.children.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = take_key(parent, std::move(node));
    } else {
      attach_value(parent, std::move(node));
    }
  }

  Key take_key(Open& map, YamlNode node) {
    if (node.kind != YamlNode::Kind::text) {
      if (node.kind != YamlNode::Kind::refused) problems_.add(node.at, "a key must be text");
      return {"", node.at, true};
    }
    const auto [before, fresh] = map.seen.try_emplace(node.text, node.at);
    if (!fresh) {
      problems_.add(node.at, fmt::format("'{}' is given twice, first in line {}",
                                         printable(node.text), before->second.line));
    }
    return {std::move(node.text), node.at, !fresh};
  }

  static void attach_value(Open& map, YamlNode node) {
    if (!map.key->refused) {
      node.key = std::move(map.key->text);
      node.key_at = map.key->at;
      if (node.kind == YamlNode::Kind::null) node.at = node.key_at;
      map.node.children.push_back(std::move(node));
    }
    map.key.reset();
  }

  std::string_view text_;
  Problems& problems_;
  YamlNode root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  std::size_t documents_ = 0;
};

// The tab in the indentation of the line where yaml-cpp gave up: it complains of what is behind.
std::optional<Position> indenting_tab(std::string_view text, const YAML::Mark& mark) {
  const auto lines = split(text, '\n');
  const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
  if (line >= lines.size()) return std::nullopt;
  const std::size_t indented = lines[line].find_first_not_of(" \t");
  const std::size_t tab = lines[line].substr(0, indented).find('\t');
  if (tab == std::string_view::npos) return std::nullopt;
  return Position{static_cast<int>(line) + 1, static_cast<int>(tab) + 1};
}

Position position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<int>(line), static_cast<int>(offset - start) + 1};
}

// yaml-cpp takes byte 4 for the end of the file and guesses UTF-16; neither may happen silently.
bool check_bytes(std::string_view text, Problems& problems) {
  if (text.size() > limits::kConfigBytes) {
    problems.add({}, fmt::format("the file is larger than {} bytes", limits::kConfigBytes));
    return false;
  }
  const auto forbidden = [](char c) {
    return (c >= 0 && c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
  };
  const auto control = std::find_if(text.begin(), text.end(), forbidden);
  if (control != text.end()) {
    problems.add(position_of(text, static_cast<std::size_t>(control - text.begin())),
                 fmt::format("the file has a control character, byte {}", int{*control}));
    return false;
  }
  const std::string valid = to_utf8(text);
  const auto [bad, replaced] = std::mismatch(text.begin(), text.end(), valid.begin(), valid.end());
  if (bad == text.end()) return true;
  problems.add(position_of(text, static_cast<std::size_t>(bad - text.begin())),
               "the file is not UTF-8 from here on");
  return false;
}

}  // namespace

void Problems::add(Position at, std::string sentence) {
  if (full()) {
    ++more_;
  } else {
    problems_.push_back({at, std::move(sentence)});
  }
}

bool Problems::full() const { return problems_.size() >= limits::kConfigProblems; }

std::vector<std::string> Problems::list() const {
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  std::vector<std::string> lines;
  lines.reserve(sorted.size() + 1);
  for (const Problem& problem : sorted) {
    lines.push_back(
        fmt::format("{}:{}:{}: {}", file_, problem.at.line, problem.at.column, problem.sentence));
  }
  if (more_ > 0) lines.push_back(fmt::format("{}: and {} more problems", file_, more_));
  return lines;
}

YamlNode parse_tree(std::string_view text, Problems& problems) {
  YamlNode refused;
  refused.kind = YamlNode::Kind::refused;
  if (!check_bytes(text, problems)) return refused;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Builder builder(text, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take_root();
  } catch (const Stop& stop) {
    problems.add(stop.at, stop.sentence);
  } catch (const YAML::Exception& error) {
    if (const auto tab = indenting_tab(text, error.mark)) {
      problems.add(*tab, "this is not YAML: a tab cannot indent; use spaces");
    } else {
      problems.add(position(error.mark), fmt::format("this is not YAML: {}", printable(error.msg)));
    }
  } catch (const std::exception& error) {
    problems.add({}, fmt::format("this is not YAML: {}", printable(error.what())));
  }
  return refused;
}

}  // namespace steward::config
