// The closed list of what the audit log can say, and what a line is about.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace steward::control {

// The words are stored, and hashed: none is ever renamed.
enum class Event : std::uint8_t {
  // Of overrides.
  created,
  renewed,
  admitted,
  deferred,  // a guard or the gate holds it
  rejected,
  resolved,  // its alert is; it is held for its min_hold
  releasing,
  withdrawn,   // ended before HAProxy heard of it
  superseded,  // of the first edition
  active,
  reapplied,
  released,
  expired,
  yielded,
  failed,
  gone,       // HAProxy has the server no more
  suspended,  // by fail open
  unsuspended,
  rederived,  // its rule says something else since
  held,       // the way back to a stricter baseline would break the floor
  unclear,    // HAProxy does not tell whose a value is
  settled,    // a person said so
  undone,     // a file brought back what nobody wishes any more
  by_hand,    // somebody else changed a setting
  shadow,
  // Of calls and of the steward itself.
  denied,
  paused,
  resumed,
  reloaded,
  clock_stepped,
  renamed,
  abandoned,
  // Of memberships.
  adding,
  added,
  joined,
  draining,
  deleting,
  removed,
  undoing,
  ended,
  // Of rollouts.
  rollout_started,
  rollout_step,
  rollout_paused,
  rollout_resumed,
  rollout_approved,
  rollout_rolling_back,
  rollout_done,
  rollout_rolled_back,
  rollout_failed,
};
[[nodiscard]] std::string_view to_string(Event event);

// What a line, or a command to HAProxy, is for.
struct Subject {
  enum class Kind : std::uint8_t { none, override, membership, rollout };
  Kind kind = Kind::none;
  std::string id{};

  bool operator==(const Subject&) const = default;
};

}  // namespace steward::control
