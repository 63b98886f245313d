#include "steward/stats/info.hpp"

#include "steward/base/text.hpp"
#include "steward/stats/complete.hpp"

namespace steward::stats {
namespace {

// Free text (node, description) is quoted as in CSV when it holds a quote, a comma or a line end.
std::string unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  std::string text;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    text += value[i];
    if (value[i] == '"') ++i;
  }
  return text;
}

}  // namespace

std::optional<std::string_view> Info::find(std::string_view key) const {
  for (const auto& [name, value] : fields) {
    if (name == key) return value;
  }
  return std::nullopt;
}

std::optional<std::int64_t> Info::number(std::string_view key) const {
  const auto value = find(key);
  return value ? parse_number<std::int64_t>(*value) : std::nullopt;
}

Result<Info> parse_info(std::string_view answer) {
  const auto lines = complete("show info", answer);
  if (!lines) return tl::unexpected(lines.error());
  Info info;
  for (std::size_t i = 0; i < lines->size(); ++i) {
    const auto field = key_value((*lines)[i]);
    if (!field) {
      return fail(ErrorCode::malformed, "show info, line {}: '{}' is not 'key: value'", i + 1,
                  printable((*lines)[i]));
    }
    info.fields.emplace_back(field->key, unquoted(field->value));
  }
  if (!info.find("Version")) {
    return fail(ErrorCode::malformed, "show info: there is no 'Version' in what was answered");
  }
  return info;
}

}  // namespace steward::stats
