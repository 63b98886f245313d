#include "steward/control/override.hpp"

#include "steward/base/words.hpp"

namespace steward::control {
namespace {

constexpr auto kPhases =
    words_of<Phase>("pending", "active", "releasing", "released", "rejected", "yielded", "failed");
constexpr auto kGuards =
    words_of<Guard>("none", "unknown_server", "forbidden", "invalid_value", "paused", "unreachable",
                    "stale", "min_available", "max_overridden", "mass_alert", "rate", "spacing",
                    "flap", "exists", "min_wanted", "suspended");
static_assert(kGuards.words.size() == kGuardCount);
constexpr auto kEnds = words_of<End>("none", "resolved", "expired", "asked", "superseded",
                                     "fulfilled", "rule", "moved");

constexpr auto kOwnerKinds =
    words_of<OwnerKind>("alert", "person", "rollout", "membership", "steward");

}  // namespace

std::string_view to_string(OwnerKind kind) { return kOwnerKinds.of(kind); }
Result<OwnerKind> parse_owner_kind(std::string_view text) {
  return kOwnerKinds.parse("kind of owner", text);
}

std::string_view to_string(Phase phase) { return kPhases.of(phase); }
std::string_view to_string(Guard guard) { return kGuards.of(guard); }
std::string_view to_string(End end) { return kEnds.of(end); }

Result<Phase> parse_phase(std::string_view text) { return kPhases.parse("phase", text); }
Result<Guard> parse_guard(std::string_view text) { return kGuards.parse("guard", text); }
Result<End> parse_end(std::string_view text) { return kEnds.parse("reason to end", text); }

}  // namespace steward::control
