// rollout and rollouts.
#pragma once

#include "steward/cli/session.hpp"
#include "steward/cli/verb_requests.hpp"

namespace steward::cli {

// Begins a rollout and follows it to its end, running the hook for each server that is out. The
// error is 1, 3 or 130 and says how things stand.
[[nodiscard]] Done<void> rollout(const Session& session, const RolloutRequest& request);

// Shows all or one; or tells one to pause, resume, approve or abort.
[[nodiscard]] Done<void> rollouts(const Session& session, const RecordFlags& flags);

}  // namespace steward::cli
