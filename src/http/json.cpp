#include "steward/http/json.hpp"

#include "steward/base/limits.hpp"
#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"

namespace steward::http {
namespace {

using nlohmann::json;

// Watches the parser: it keeps the last of two equal keys, and has no limit of its own.
class Watcher {
 public:
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
        keys_.emplace_back();
        [[fallthrough]];
      case json::parse_event_t::array_start:
        if (depth >= limits::kJsonDepth) deep = true;
        return !deep;
      case json::parse_event_t::object_end:
        keys_.pop_back();
        return true;
      case json::parse_event_t::key:
        if (!keys_.back().insert(parsed.get<std::string>()).second && twice.empty()) {
          twice = parsed.get<std::string>();
        }
        return true;
      default:
        return true;
    }
  }

  bool deep = false;
  std::string twice;

 private:
  std::vector<std::set<std::string>> keys_;
};

const char* kind_of(const json& value) { return value.is_number() ? "number" : value.type_name(); }

}  // namespace

Result<json> parse_json(std::string_view text) {
  Watcher watcher;
  json parsed;
  try {
    parsed = json::parse(text, [&](int depth, json::parse_event_t event, json& value) {
      return watcher(depth, event, value);
    });
  } catch (const json::exception& e) {
    return fail(ErrorCode::invalid, "not JSON: {}", printable(e.what()));
  }
  if (watcher.deep) {
    return fail(ErrorCode::limit, "more than {} levels of JSON", limits::kJsonDepth);
  }
  if (!watcher.twice.empty()) {
    return fail(ErrorCode::invalid, "the key '{}' is given twice", printable(watcher.twice, 80));
  }
  return parsed;
}

std::string to_text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

JsonObject::JsonObject(const json& value, std::string path, std::optional<Error>& problem)
    : json_(&value), path_(std::move(path)), problem_(problem) {
  static const json kEmpty = json::object();
  if (value.is_object()) return;
  json_ = &kEmpty;
  if (!problem_) {
    problem_ =
        Error{ErrorCode::invalid, fmt::format("{}: an object is wanted, not a {}",
                                              path_.empty() ? "the body" : path_, kind_of(value))};
  }
}

std::string JsonObject::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void JsonObject::refuse(std::string_view key, std::string_view why) {
  if (problem_) return;
  problem_ = Error{ErrorCode::invalid, fmt::format("{}: {}", path_of(key), why)};
}

void JsonObject::expect(std::string_view key, std::string_view wanted, const json& value) {
  refuse(key, fmt::format("{} is wanted, not a {}", wanted, kind_of(value)));
}

const json* JsonObject::find(const char* key) {
  asked_.insert(key);
  const auto found = json_->find(key);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

void JsonObject::require(const char* key) {
  if (find(key) == nullptr) refuse(key, "it is missing");
}

std::string JsonObject::text(const char* key, std::string otherwise) {
  const json* value = find(key);
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

std::string JsonObject::text_or_number(const char* key) {
  const json* value = find(key);
  if (value != nullptr && value->is_number_integer()) return value->dump();
  return text(key);
}

bool JsonObject::flag(const char* key, bool otherwise) {
  const json* value = find(key);
  if (value == nullptr) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  expect(key, "true or false", *value);
  return otherwise;
}

std::uint64_t JsonObject::number(const char* key, std::uint64_t otherwise) {
  const json* value = find(key);
  if (value == nullptr) return otherwise;
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  expect(key, "a whole number", *value);
  return otherwise;
}

const std::vector<json>& JsonObject::array(const char* key, std::size_t most) {
  static const std::vector<json> kNone;
  const json* value = find(key);
  if (value == nullptr) return kNone;
  if (!value->is_array()) {
    expect(key, "an array", *value);
    return kNone;
  }
  const auto& items = value->get_ref<const json::array_t&>();
  if (items.size() <= most) return items;
  if (!problem_) {
    problem_ = Error{ErrorCode::limit, fmt::format("{}: {} items, at most {} are taken",
                                                   path_of(key), items.size(), most)};
  }
  return kNone;
}

void JsonObject::end() {
  for (const auto& [key, value] : json_->items()) {
    if (asked_.contains(key)) continue;
    const std::vector<std::string> known(asked_.begin(), asked_.end());
    refuse(printable(key, 40),
           fmt::format("unknown key; {}", suggestion(key, known, "known here")));
    return;
  }
}

}  // namespace steward::http
