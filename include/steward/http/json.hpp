// JSON from strangers: parsed within limits, and looked at with the path in every message.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"

namespace steward::http {

// Fails (invalid) on what is no JSON or UTF-8, on a key that is given twice, and (limit) on more
// than limits::kJsonDepth levels.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text);

// Text of strangers as JSON: bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string to_text(const nlohmann::json& json);

// An object while it is read; the path is for messages. Collects the first problem: after it, all
// that is read is empty. The JSON must outlive it.
class JsonObject {
 public:
  // `problem` is set at the first thing that is wrong.
  JsonObject(const nlohmann::json& json, std::string path, std::optional<Error>& problem);

  // Absent or null: `otherwise`. Texts are of at most limits::kLabelBytes.
  [[nodiscard]] std::string text(std::string_view key, std::string otherwise = {});
  [[nodiscard]] bool flag(std::string_view key, bool otherwise = false);
  [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t otherwise = 0);
  // A text, or a whole number as text.
  [[nodiscard]] std::string text_or_number(std::string_view key);
  // An array of at most `most` items; absent: none.
  [[nodiscard]] const std::vector<nlohmann::json>& array(std::string_view key, std::size_t most);
  // Null if it is absent.
  [[nodiscard]] const nlohmann::json* find(std::string_view key);
  [[nodiscard]] std::string path_of(std::string_view key) const;

  [[nodiscard]] bool has(std::string_view key) { return find(key) != nullptr; }
  void require(std::string_view key);
  void refuse(std::string_view key, std::string_view why, ErrorCode code = ErrorCode::invalid);
  // Refuses the value for its kind: "key: `wanted` is wanted, not a number".
  void expect(std::string_view key, std::string_view wanted, const nlohmann::json& value);
  // A problem if there are keys that nobody asked for.
  void end();

 private:
  const nlohmann::json* json_;
  std::string path_;
  std::optional<Error>& problem_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace steward::http
