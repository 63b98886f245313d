#include "steward/http/json.hpp"

#include "steward/base/limits.hpp"
#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"

namespace steward::http {
namespace {

// Watches the parser: it keeps the last of two equal keys, and has no limit of its own.
class Watcher {
 public:
  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    if (deep) return false;  // nobody tells of the ends of what is thrown away
    switch (event) {
      case nlohmann::json::parse_event_t::object_start:
        keys_.emplace_back();
        [[fallthrough]];
      case nlohmann::json::parse_event_t::array_start:
        deep = depth >= limits::kJsonDepth;
        return !deep;
      case nlohmann::json::parse_event_t::object_end:
        keys_.pop_back();
        return true;
      case nlohmann::json::parse_event_t::key:
        note_key(parsed.get_ref<const std::string&>());
        return true;
      default:
        return true;
    }
  }

  bool deep = false;
  std::string twice;

 private:
  void note_key(const std::string& key) {
    if (!keys_.back().insert(key).second && twice.empty()) twice = key;
  }

  std::vector<std::set<std::string>> keys_;
};

std::string_view json_kind(const nlohmann::json& value) {
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a string";
  if (value.is_boolean()) return "true or false";
  if (value.is_array()) return "an array";
  return value.is_object() ? "an object" : "null";
}

// The library's words without its name for them: "[json.exception.parse_error.101] …".
std::string words_of(const nlohmann::json::exception& e) {
  const std::string_view what = e.what();
  const std::size_t end = what.find("] ");
  return printable(end == what.npos ? what : what.substr(end + 2));
}

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text) {
  Watcher watcher;
  nlohmann::json parsed;
  try {
    parsed = nlohmann::json::parse(
        text, [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
          return watcher(depth, event, value);
        });
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::invalid, "not JSON: {}", words_of(e));
  }
  if (watcher.deep) {
    return fail(ErrorCode::limit, "more than {} levels of JSON", limits::kJsonDepth);
  }
  if (!watcher.twice.empty()) {
    return fail(ErrorCode::invalid, "the key '{}' is given twice", printable(watcher.twice, 80));
  }
  return parsed;
}

std::string to_text(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

JsonObject::JsonObject(const nlohmann::json& value, std::string path, std::optional<Error>& problem)
    : json_(&value), path_(std::move(path)), problem_(problem) {
  static const nlohmann::json empty = nlohmann::json::object();
  if (value.is_object()) return;
  json_ = &empty;
  if (!problem_) {
    problem_ = Error{ErrorCode::invalid,
                     fmt::format("{}: an object is wanted, not {}",
                                 path_.empty() ? "the body" : path_, json_kind(value))};
  }
}

std::string JsonObject::path_of(std::string_view key) const {
  const std::string shown = printable(key, 80);
  return path_.empty() ? shown : fmt::format("{}.{}", path_, shown);
}

void JsonObject::refuse(std::string_view key, std::string_view why, ErrorCode code) {
  if (problem_) return;
  problem_ = Error{code, fmt::format("{}: {}", path_of(key), why)};
}

void JsonObject::expect(std::string_view key, std::string_view wanted,
                        const nlohmann::json& value) {
  refuse(key, fmt::format("{} is wanted, not {}", wanted, json_kind(value)));
}

const nlohmann::json* JsonObject::find(std::string_view key) {
  asked_.emplace(key);
  const auto found = json_->find(key);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

void JsonObject::require(std::string_view key) {
  if (find(key) == nullptr) refuse(key, "it is missing");
}

std::string JsonObject::text(std::string_view key, std::string otherwise) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_string()) {
    expect(key, "a string", *value);
    return otherwise;
  }
  const auto& found = value->get_ref<const std::string&>();
  if (found.size() <= limits::kLabelBytes) return found;
  refuse(key, fmt::format("more than {} bytes", limits::kLabelBytes));
  return otherwise;
}

std::string JsonObject::text_or_number(std::string_view key) {
  const nlohmann::json* value = find(key);
  if (value != nullptr && value->is_number_integer()) return value->dump();
  return text(key);
}

bool JsonObject::flag(std::string_view key, bool otherwise) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  expect(key, "true or false", *value);
  return otherwise;
}

std::uint64_t JsonObject::number(std::string_view key, std::uint64_t otherwise) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return otherwise;
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  expect(key, "a whole number", *value);
  return otherwise;
}

const std::vector<nlohmann::json>& JsonObject::array(std::string_view key, std::size_t most) {
  static const std::vector<nlohmann::json> none;
  const nlohmann::json* value = find(key);
  if (value == nullptr) return none;
  if (!value->is_array()) {
    expect(key, "an array", *value);
    return none;
  }
  const auto& items = value->get_ref<const nlohmann::json::array_t&>();
  if (items.size() <= most) return items;
  refuse(key, fmt::format("{} items, at most {} are taken", items.size(), most), ErrorCode::limit);
  return none;
}

void JsonObject::end() {
  for (const auto& [key, value] : json_->items()) {
    if (asked_.contains(key)) continue;
    const std::vector<std::string> known(asked_.begin(), asked_.end());
    refuse(key, fmt::format("unknown key; {}", suggestion(key, known, "known here")));
    return;
  }
}

}  // namespace steward::http
