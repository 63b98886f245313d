// Somebody begins, pauses, approves or ends a rollout. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/guards.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

struct RolloutRequest {
  std::optional<std::string> instance;  // empty: every one that has the backend
  std::string backend;
  struct Pair {
    std::string out;
    std::string in, address;  // empty: `out` is cycled
  };
  std::vector<Pair> pairs;
  RolloutTerms terms;
  std::string reason;
};

// Refused: unknown_server (every instance that has the backend must have the old servers), exists
// (a new server is there, or the backend has a rollout), invalid_value, forbidden, unreachable. The
// guards are asked server by server, later.
[[nodiscard]] tl::expected<Rollout, Refusal> start_rollout(Draft& draft, const World& world,
                                                           const RolloutRequest& request,
                                                           const Caller& caller);

enum class RolloutChange : std::uint8_t { pause, resume, approve, abort };
[[nodiscard]] std::string_view to_string(RolloutChange change);
[[nodiscard]] Result<RolloutChange> parse_rollout_change(std::string_view text);

// `server`: the one that is approved; empty: all that wait for it. What it cannot do in its phase
// is refused (exists).
[[nodiscard]] tl::expected<Rollout, Refusal> change_rollout(
    Draft& draft, const World& world, const Rollout& rollout, RolloutChange change,
    const std::string& server, const std::string& reason, const Caller& caller);

}  // namespace steward::control
