#include "steward/control/value.hpp"

#include <algorithm>

#include "steward/base/text.hpp"
#include "steward/base/words.hpp"

namespace steward::control {
namespace {

constexpr auto kSettings = words_of<Setting>("state", "weight", "health", "checks", "agent");
constexpr auto kStates = words_of<std::uint16_t>("ready", "drain", "maint");
constexpr auto kHealths = words_of<std::uint16_t>("by-checks", "frozen", "up", "stopping", "down");
constexpr auto kToggles = words_of<std::uint16_t>("enabled", "disabled");

Result<Value> parse_weight(std::string_view text) {
  const bool percent = text.ends_with('%');
  const auto digits = percent ? text.substr(0, text.size() - 1) : text;
  const auto number = parse_number<std::uint16_t>(digits);
  if (number && *number <= (percent ? 100 : kWeightMost)) {
    return Value{Setting::weight, *number, percent};
  }
  return fail(ErrorCode::invalid, "'{}' is not a weight: use 0 to 256, or 0% to 100%",
              printable(text, 40));
}

Result<Value> parse_health(std::string_view text) {
  const auto level = kHealths.parse("health", text);
  if (level && *level >= kUp) return Value{Setting::health, *level};
  return fail(ErrorCode::invalid, "'{}' is not a health: use up, stopping or down",
              printable(text, 40));
}

template <std::size_t N>
Result<Value> parse_word(const Words<std::uint16_t, N>& words, Setting setting,
                         std::string_view text) {
  return words.parse(kSettings.of(setting), text).map([&](std::uint16_t level) {
    return Value{setting, level};
  });
}

}  // namespace

std::string_view to_string(Setting setting) { return kSettings.of(setting); }

Result<Setting> parse_setting(std::string_view text) { return kSettings.parse("setting", text); }

std::uint16_t highest_level(Setting setting) {
  switch (setting) {
    case Setting::state:
      return kMaint;
    case Setting::weight:
      return kWeightMost;
    case Setting::health:
      return kDown;
    case Setting::checks:
    case Setting::agent:
      break;
  }
  return kDisabled;
}

Result<Value> parse_value(Setting setting, std::string_view text) {
  switch (setting) {
    case Setting::state:
      return parse_word(kStates, setting, text);
    case Setting::weight:
      return parse_weight(text);
    case Setting::health:
      return parse_health(text);
    case Setting::checks:
    case Setting::agent:
      break;
  }
  return parse_word(kToggles, setting, text);
}

std::string to_string(const Value& value) {
  switch (value.setting) {
    case Setting::state:
      if (value == kAdopted) return "adopt";
      return std::string(kStates.of(value.level));
    case Setting::weight:
      if (value == kOwnWeight) return "default";
      return fmt::format("{}{}", value.level, value.percent ? "%" : "");
    case Setting::health:
      return std::string(kHealths.of(value.level));
    case Setting::checks:
    case Setting::agent:
      break;
  }
  return std::string(kToggles.of(value.level));
}

std::uint16_t absolute_weight(const Value& value, std::uint32_t initial_weight) {
  if (!value.percent) return value.level;
  const std::uint64_t part = std::uint64_t{initial_weight} * value.level / 100;
  const std::uint64_t least = value.level == 0 || initial_weight == 0 ? 0 : 1;
  return static_cast<std::uint16_t>(std::clamp<std::uint64_t>(part, least, kWeightMost));
}

}  // namespace steward::control
