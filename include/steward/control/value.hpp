// What an override is about and what it asks for: a setting of a server and its value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "steward/base/result.hpp"

namespace steward::control {

// `checks` and `health` are one thing to HAProxy (a health that is not frozen is what the checks
// say), so they compose as one: see Aspect. `agent` is never asked for: the steward disables an
// agent check by itself while an override lives that the agent would undo.
enum class Setting : std::uint8_t { state, weight, health, checks, agent };

// Levels of Setting::state, from the loosest to the strictest.
inline constexpr std::uint16_t kReady = 0, kDrain = 1, kMaint = 2;
// Levels of Setting::health; also from the loosest to the strictest. `kByChecks`: the checks run
// and decide; `kFrozen`: they do not run, and the health stays what it was ("checks disabled").
inline constexpr std::uint16_t kByChecks = 0, kFrozen = 1, kUp = 2, kStopping = 3, kDown = 4;
// Levels of Setting::checks and Setting::agent.
inline constexpr std::uint16_t kEnabled = 0, kDisabled = 1;
inline constexpr std::uint16_t kWeightMost = 256;

// The highest level a setting has; the lowest is 0.
[[nodiscard]] std::uint16_t highest_level(Setting setting);

struct Value {
  Setting setting = Setting::state;
  std::uint16_t level = 0;  // of the setting; for weight the weight itself, or percent
  bool percent = false;     // of the server's initial weight; only for Setting::weight

  bool operator==(const Value&) const = default;
};

// What a person asks for to end an override of the weight: nobody's value of it.
inline constexpr Value kOwnWeight{Setting::weight, 0xFFFF, false};
// And to settle what is unclear: every such setting stays as it is, as that person's.
inline constexpr Value kAdopted{Setting::state, 0xFFFF, false};

// "state", "weight" …
[[nodiscard]] std::string_view to_string(Setting setting);
[[nodiscard]] Result<Setting> parse_setting(std::string_view text);

// "ready|drain|maint", "0".."256" or "0%".."100%", "up|stopping|down", "enabled|disabled".
// Everything else, also "+1", " 1", "1.5", "257", "300%", "-1", is invalid, and the message says
// what is allowed.
[[nodiscard]] Result<Value> parse_value(Setting setting, std::string_view text);

// What parse_value reads back; "by-checks" and "frozen" for the two health levels nobody can ask
// for directly.
[[nodiscard]] std::string to_string(const Value& value);

// The percentage as HAProxy would compute it from the initial weight, but at least 1 unless 0% was
// asked for: HAProxy's integer division makes 50% of 1 into 0, which takes the server out.
[[nodiscard]] std::uint16_t absolute_weight(const Value& value, std::uint32_t initial_weight);

}  // namespace steward::control
