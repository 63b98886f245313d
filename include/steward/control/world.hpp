// Everything a decision looks at beside the book.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "steward/control/limits.hpp"
#include "steward/control/principal.hpp"
#include "steward/control/ramp.hpp"
#include "steward/control/rule.hpp"
#include "steward/control/sight.hpp"

namespace steward::control {

// What the configuration says of deciding.
struct Policy {
  std::vector<Rule> rules;
  Limits limits;
  bool shadow = false;                                             // every rule
  std::chrono::milliseconds manual_lease{std::chrono::hours(24)};  // 0: until released
  std::uint32_t attempts = 5;
  ReturnRamp return_ramp;
  // HAProxy begins with what a hold file of ours says.
  bool hold_files = false;
  // How long an old server-state file may bring a value of ours back.
  std::chrono::milliseconds tombstones{std::chrono::hours(7 * 24)};
};

// Valid while the decision is made.
struct World {
  const Policy& policy;
  const std::map<std::string, Sight, std::less<>>& sights;  // of every configured instance
  std::optional<std::string> paused;                        // why automation is
  Time now;
  std::function<std::string()> new_id;  // each greater than those before
  bool explain = false;                 // every rule and guard is to say what it thinks
};

// The sight of an instance; an empty one if it is not configured.
[[nodiscard]] const Sight& sight_of(const World& world, const std::string& instance);

// Who brought a payload, and how the audit names that.
struct Caller {
  Principal principal;
  std::string request;  // the id of the HTTP request
  std::string source;   // the address
};

}  // namespace steward::control
