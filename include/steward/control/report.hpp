// What became of a payload: one outcome for each alert (or action) and server it hit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steward/control/override.hpp"
#include "steward/control/rule.hpp"

namespace steward::control {

enum class Did : std::uint8_t {
  created,    // admitted; HAProxy is about to be told
  renewed,    // its lease
  released,   // HAProxy is about to be told, or was never
  deferred,   // a guard holds it; it is tried again
  rejected,   // for good
  ignored,    // no rule, or nothing to do
  duplicate,  // said before
  settled,    // whose the setting is: it was unclear
};
[[nodiscard]] std::string_view to_string(Did did);

// What a rule says to an alert.
struct RuleVerdict {
  std::string rule;
  std::string missed;  // its first matcher that does not match; empty: all do
};

struct Outcome {
  std::string alert;      // its fingerprint; empty for a manual action
  std::size_t index = 0;  // of the alert or action in the payload
  Did did = Did::ignored;
  Mode mode = Mode::enforce;        // shadow: nothing was done, this is what would have been
  std::string override_id;          // empty: none, or none that stays
  std::optional<ServerRef> target;  // as far as it is known
  std::optional<Value> value;
  std::string rule;
  Guard guard = Guard::none;
  std::string reason;  // a sentence; empty if there is nothing to say
  // If the world wants explanations: the rules up to the one that matched; and every guard that was
  // asked, without a detail if it lets the override pass.
  std::vector<RuleVerdict> rules;
  std::vector<Refusal> guards;
};

struct Report {
  std::vector<Outcome> outcomes;
  std::uint64_t truncated = 0;  // alerts Alertmanager left out
};

}  // namespace steward::control
