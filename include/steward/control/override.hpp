// An override: a recorded, reversible, expiring wish about one setting of one server. Plain values;
// everything the steward does to HAProxy is one of these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "steward/base/result.hpp"
#include "steward/base/time.hpp"
#include "steward/control/ramp.hpp"
#include "steward/control/server_ref.hpp"
#include "steward/control/value.hpp"

namespace steward::control {

enum class Phase : std::uint8_t {
  pending,    // wished, not yet in force: either a guard holds it (guard is set) or HAProxy is
              // about to be told
  active,     // in force, read back from HAProxy
  releasing,  // its end has come; HAProxy is being told to go back
  released,   // gone; `ended_by` says why
  rejected,   // never admitted
  yielded,    // somebody else changed the setting: theirs stays
  failed,     // HAProxy refused it
};
[[nodiscard]] std::string_view to_string(Phase phase);
[[nodiscard]] Result<Phase> parse_phase(std::string_view text);

// Whether it still wants something of HAProxy: pending, active or releasing.
[[nodiscard]] constexpr bool live(Phase phase) { return phase <= Phase::releasing; }

// Why something was not (yet) done. The order is that of the checks.
enum class Guard : std::uint8_t {
  none,
  unknown_server,
  forbidden,
  invalid_value,
  paused,
  unreachable,
  stale,
  min_available,
  max_overridden,
  mass_alert,
  rate,
  spacing,
  flap,
  exists,      // there is a server of that name, or something is being done with it already
  min_wanted,  // enough servers must stay wished into service, whatever their health
  suspended,   // fail open: the backend is short of servers, and this one is well
};
inline constexpr std::size_t kGuardCount = 16;
[[nodiscard]] std::string_view to_string(Guard guard);
[[nodiscard]] Result<Guard> parse_guard(std::string_view text);

struct Refusal {
  Guard guard = Guard::none;
  std::string detail;  // a sentence with the numbers
  bool operator==(const Refusal&) const = default;
};

inline tl::unexpected<Refusal> refuse(Guard guard, std::string detail) {
  return tl::unexpected(Refusal{guard, std::move(detail)});
}

enum class End : std::uint8_t {
  none,
  resolved,    // its alert was resolved
  expired,     // its lease ran out
  asked,       // somebody released it through the API, or by a manual "ready"
  superseded,  // a newer override of the same owner and setting took its place
  fulfilled,   // nothing needs it any more: the server is so without it
  rule,        // its rule is gone, sets another setting, or is only in shadow mode
  moved,       // it is another server: DNS gave the slot another address, or it was removed
};
[[nodiscard]] std::string_view to_string(End end);
[[nodiscard]] Result<End> parse_end(std::string_view text);

// Who may end an override, and how it is judged.
enum class OwnerKind : std::uint8_t {
  alert,       // a rule and an alert
  person,      // a principal
  rollout,     // Origin::part_of names it
  membership,  // of a removal; Origin::part_of names it
  steward,     // the weight of a server that returns (return_ramp)
};
[[nodiscard]] std::string_view to_string(OwnerKind kind);
[[nodiscard]] Result<OwnerKind> parse_owner_kind(std::string_view text);

// Where an override comes from. An alert's fields are empty for all others.
struct Origin {
  OwnerKind kind = OwnerKind::alert;
  std::string principal;    // who delivered or asked
  std::string rule;         // the rule that made it of the alert
  std::string fingerprint;  // of the alert
  std::string group_key;
  std::string receiver;
  Time starts_at{};           // of the alert: another one means that it fired again
  std::string part_of{};      // the id of the rollout or membership
  std::optional<Time> heard;  // when the alert was last said to fire

  [[nodiscard]] bool from_alert() const { return kind == OwnerKind::alert; }
  bool operator==(const Origin&) const = default;
};

// How fail open treats an override: suspended while its backend is short of servers.
struct Suspension {
  bool now = false;
  std::uint32_t times = 0;         // that it was suspended
  std::optional<Time> calm_since;  // the gate has had room for it since
  bool operator==(const Suspension&) const = default;
};

struct Override {
  std::string id;  // a ULID: sorts by creation
  ServerRef target;
  Value value;
  Origin origin;
  std::optional<Ramp> ramp;  // by which the value changes
  std::string reason;
  bool forced = false;        // by an admin, past the guards
  bool return_safely = true;  // maint → drain → a passed check → ready

  Time created{};
  std::optional<Time> expires;   // empty: not before it is released (manual only)
  Time hold_until{};             // not released by its alert before
  std::optional<Time> admitted;  // when guards and gate let it pass
  std::optional<Time> in_force;  // since when HAProxy first had it
  std::string address{};         // of the server then; another one is another server (DNS)
  bool again = false;  // it was in force in the process before: told again rather than begun
  Suspension suspension;

  Phase phase = Phase::pending;
  Guard guard = Guard::none;  // what holds it (pending) or refused it (rejected)
  std::string detail;         // the guard's numbers, HAProxy's words, who changed it: a sentence
  End end = End::none;
  std::string ended_by;  // the principal, for End::asked
  std::optional<Time> ended;

  std::uint32_t attempts = 0;  // that HAProxy did not take
  std::optional<Time> next_attempt;

  bool operator==(const Override&) const = default;
};

// Whether it counts: admitted, and not about to end. What is held or suspended counts nowhere.
[[nodiscard]] constexpr bool counts(const Override& override) {
  return override.admitted && (override.phase == Phase::pending || override.phase == Phase::active);
}

// Whether it waits for guards or gate.
[[nodiscard]] constexpr bool waits(const Override& override) {
  return override.phase == Phase::pending && !override.admitted;
}

}  // namespace steward::control
