#include "steward/control/event.hpp"

#include "steward/base/words.hpp"

namespace steward::control {
namespace {

constexpr auto kEventWords = words_of<Event>(
    "created", "renewed", "admitted", "deferred", "rejected", "resolved", "releasing", "withdrawn",
    "superseded", "active", "reapplied", "released", "expired", "yielded", "failed", "gone",
    "suspended", "unsuspended", "rederived", "held", "unclear", "settled", "undone", "by_hand",
    "shadow", "denied", "paused", "resumed", "reloaded", "clock_stepped", "renamed", "abandoned",
    "adding", "added", "joined", "draining", "deleting", "removed", "undoing", "ended",
    "rollout_started", "rollout_step", "rollout_paused", "rollout_resumed", "rollout_approved",
    "rollout_rolling_back", "rollout_done", "rollout_rolled_back", "rollout_failed");

}  // namespace

std::string_view to_string(Event event) { return kEventWords.of(event); }

}  // namespace steward::control
