// Everything a decision looks at beside the book.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "steward/control/guards.hpp"
#include "steward/control/limits.hpp"
#include "steward/control/principal.hpp"
#include "steward/control/rule.hpp"

namespace steward::control {

// What the configuration says of deciding.
struct Policy {
  std::vector<Rule> rules;
  Limits limits;
  bool shadow = false;                                             // every rule
  std::chrono::milliseconds manual_lease{std::chrono::hours(24)};  // 0: until released
  std::uint32_t attempts = 5;
  ReturnRamp return_ramp;
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

// Who brought a payload, and how the audit names that.
struct Caller {
  Principal principal;
  std::string request;  // the id of the HTTP request
  std::string source;   // the address
};

}  // namespace steward::control
