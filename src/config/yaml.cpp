#include "steward/config/yaml.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "steward/base/duration.hpp"
#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"

namespace steward::config {
namespace {

constexpr std::size_t kFileNameBytes = 4'096;  // PATH_MAX

// "must be a list, not a map"
std::string must_be(std::string_view wanted, YamlNode::Kind found) {
  switch (found) {
    case YamlNode::Kind::list:
      return fmt::format("must be {}, not a list", wanted);
    case YamlNode::Kind::map:
      return fmt::format("must be {}, not a map", wanted);
    case YamlNode::Kind::text:
      return fmt::format("must be {}, not a single value", wanted);
    default:
      return "has no value";
  }
}

std::string quoted(const YamlNode& node) {
  return fmt::format("'{}'{}", printable(node.text), node.quoted ? " in quotes" : "");
}

// Digits without a leading zero: nobody need wonder whether 0644 is octal.
bool is_decimal(std::string_view text) {
  if (text == "0") return true;
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.front() != '0' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Section::Section(const YamlNode& map, std::string path, Problems& problems)
    : map_(&map), path_(std::move(path)), problems_(&problems) {}

void Section::read(std::string_view key, std::string& out) {
  read(key, out, [](std::string_view text) -> Result<std::string> { return std::string(text); });
}

void Section::read(std::string_view key, bool& out) {
  const auto value = find_value(key);
  if (!value) return;
  const YamlNode& node = *value->node;
  if (node.quoted || (node.text != "true" && node.text != "false")) {
    return refuse(*value, "must be true or false, not " + quoted(node));
  }
  out = node.text == "true";
}

void Section::read(std::string_view key, std::chrono::milliseconds& out) {
  read(key, out, parse_duration);
}

std::optional<std::int64_t> Section::read_number(std::string_view key, std::int64_t least,
                                                 std::int64_t most) {
  const auto value = find_value(key);
  if (!value) return std::nullopt;
  const YamlNode& node = *value->node;
  if (node.quoted || !is_decimal(node.text)) {
    refuse(*value, "must be a whole decimal number, not " + quoted(node));
    return std::nullopt;
  }
  const auto number = parse_number<std::int64_t>(node.text);
  if (!number || *number < least || *number > most) {
    refuse(*value, fmt::format("must be from {} to {}, not {}", least, most, printable(node.text)));
    return std::nullopt;
  }
  return number;
}

std::size_t Section::count(std::string_view key) {
  const YamlNode* node = find(key);
  return node == nullptr || node->kind != YamlNode::Kind::list ? 0 : node->children.size();
}

void Section::require(std::string_view key) {
  if (find(key) == nullptr) problem(key, "is missing");
}

void Section::problem(std::string_view key, std::string_view sentence) {
  const YamlNode* node = find(key);
  problems_->add(node == nullptr ? map_->at : node->at,
                 fmt::format("{}: {}", path_of(key), sentence));
}

void Section::end() {
  for (const YamlNode& node : map_->children) {
    if (std::find(asked_.begin(), asked_.end(), node.key) != asked_.end()) continue;
    problems_->add(node.key_at, problems_->full()
                                    ? ""
                                    : fmt::format("{}: unknown key; {}", path_of(node.key),
                                                  suggestion(node.key, asked_, "known here")));
  }
}

const YamlNode* Section::find(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.emplace_back(key);
  const auto& nodes = map_->children;
  const auto node = std::find_if(nodes.begin(), nodes.end(),
                                 [&](const YamlNode& child) { return child.key == key; });
  return node == nodes.end() ? nullptr : &*node;
}

std::string Section::path_of(std::string_view key) const {
  return fmt::format("{}{}{}", path_, path_.empty() ? "" : ".", printable(key));
}

std::optional<Section::Value> Section::find_value(std::string_view key) {
  const YamlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  return as_value(*node, path_of(key));
}

std::optional<Section::Value> Section::as_value(const YamlNode& node, std::string path) {
  Value value{&node, std::move(path)};
  if (node.kind == YamlNode::Kind::text) return value;
  if (node.kind != YamlNode::Kind::refused) {
    refuse(value, must_be("a single value", node.kind));
  }
  return std::nullopt;
}

const YamlNode* Section::find_list(std::string_view key, std::size_t most) {
  const YamlNode* node = find(key);
  if (node == nullptr || node->kind == YamlNode::Kind::null ||
      node->kind == YamlNode::Kind::refused) {
    return nullptr;
  }
  if (node->kind != YamlNode::Kind::list) {
    problem(key, must_be("a list", node->kind));
    return nullptr;
  }
  if (node->children.size() > most) {
    problem(key, fmt::format("has {} items; at most {} are allowed", node->children.size(), most));
    return nullptr;
  }
  return node;
}

std::optional<std::vector<Section::Value>> Section::find_values(std::string_view key,
                                                                std::size_t most) {
  const YamlNode* list = find_list(key, most);
  if (list == nullptr) return std::nullopt;
  std::vector<Value> values;
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    auto value = as_value(list->children[i], fmt::format("{}[{}]", path_of(key), i));
    if (value) values.push_back(*std::move(value));
  }
  return values;
}

std::vector<Section::Value> Section::find_entries(std::string_view key, std::size_t most) {
  std::vector<Value> entries;
  const YamlNode* map = find(key);
  if (map == nullptr || map->kind == YamlNode::Kind::null) return entries;
  if (!as_section(*map, path_of(key))) return entries;
  if (map->children.size() > most) {
    problem(key, fmt::format("has {} entries; at most {} are allowed", map->children.size(), most));
    return entries;
  }
  for (const YamlNode& node : map->children) {
    std::string path = fmt::format("{}.{}", path_of(key), printable(node.key));
    if (node.kind == YamlNode::Kind::null) {
      entries.push_back({&node, std::move(path)});
    } else if (auto value = as_value(node, std::move(path))) {
      entries.push_back(*std::move(value));
    }
  }
  return entries;
}

std::optional<Section> Section::as_section(const YamlNode& node, std::string path) {
  if (node.kind == YamlNode::Kind::map) return Section(node, std::move(path), *problems_);
  if (node.kind != YamlNode::Kind::refused) {
    refuse({&node, std::move(path)}, must_be("a map", node.kind));
  }
  return std::nullopt;
}

std::optional<Section> Section::find_section(std::string_view key) {
  const YamlNode* node = find(key);
  if (node == nullptr || node->kind == YamlNode::Kind::null) return std::nullopt;
  return as_section(*node, path_of(key));
}

std::optional<std::vector<Section>> Section::find_sections(std::string_view key, std::size_t most) {
  const YamlNode* list = find_list(key, most);
  if (list == nullptr) return std::nullopt;
  std::vector<Section> sections;
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    auto section = as_section(list->children[i], fmt::format("{}[{}]", path_of(key), i));
    if (section) sections.push_back(*std::move(section));
  }
  return sections;
}

void Section::refuse(const Value& value, std::string_view sentence) {
  problems_->add(value.node->at, fmt::format("{}: {}", value.path, sentence));
}

std::vector<std::string> read_yaml(std::string_view text, std::string_view file,
                                   const std::function<void(Section&)>& read) {
  Problems problems(printable(file, kFileNameBytes));
  YamlNode root = parse_tree(text, problems);
  if (root.kind == YamlNode::Kind::null) root.kind = YamlNode::Kind::map;
  if (root.kind == YamlNode::Kind::map) {
    Section section(root, "", problems);
    read(section);
    section.end();
  } else if (root.kind != YamlNode::Kind::refused) {
    problems.add(root.at, "the file " + must_be("a map of keys to values", root.kind));
  }
  return problems.list();
}

tl::unexpected<Error> not_one_of(std::string_view text, std::string_view known) {
  return fail(ErrorCode::invalid, "'{}' is not one of {}", printable(text), known);
}

}  // namespace steward::config
