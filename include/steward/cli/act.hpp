// drain, maint, ready, weight, health, checks.
#pragma once

#include "steward/cli/session.hpp"
#include "steward/cli/verb_requests.hpp"

namespace steward::cli {

// Done when HAProxy has it, and no session is left if that was asked for. The error is 1, 3, 4 or
// 130 and says how things stand.
[[nodiscard]] Done<void> act(const Session& session, const ActRequest& request);

}  // namespace steward::cli
