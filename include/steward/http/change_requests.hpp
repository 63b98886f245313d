// Requests for servers that come and go, and for rollouts: JSON → values. Pure.
#pragma once

#include <string>
#include <string_view>

#include "steward/base/result.hpp"
#include "steward/control/membership_requests.hpp"
#include "steward/control/rollout_requests.hpp"

namespace steward::http {

struct AddBody {
  control::AddRequest request;
  bool dry_run = false;
};
struct RolloutBody {
  control::RolloutRequest request;
  bool dry_run = false;
};
struct ChangeBody {
  std::string server, reason;
};

// openapi.yaml has their shapes. Errors name the path and what is wanted; unknown keys are
// problems, as a misspelt "on_timeout" must not be silently dropped. Durations are at most
// limits::kStepMost.
[[nodiscard]] Result<AddBody> parse_add(std::string_view json, const std::string& backend,
                                        const std::string& server);
[[nodiscard]] Result<RolloutBody> parse_rollout(std::string_view json);
[[nodiscard]] Result<ChangeBody> parse_change(std::string_view json);

// "fail" or "cut".
[[nodiscard]] Result<bool> parse_cut(std::string_view text);

}  // namespace steward::http
