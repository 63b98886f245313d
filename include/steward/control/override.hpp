// An override: a recorded, reversible, expiring wish about one setting of one server. Plain values;
// everything the steward does to HAProxy is one of these.
#pragma once

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
  exists,  // there is a server of that name, or something is being done with it already
};
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
  superseded,  // a newer manual override of the same setting took its place
};
[[nodiscard]] std::string_view to_string(End end);
[[nodiscard]] Result<End> parse_end(std::string_view text);

// Where a wish comes from. An alert's are empty for a manual one.
struct Origin {
  bool manual = false;
  std::string principal;    // who delivered or asked
  std::string rule;         // the rule that made it of the alert
  std::string fingerprint;  // of the alert
  std::string group_key;
  std::string receiver;
  Time starts_at{};  // of the alert: another one means that it fired again

  bool operator==(const Origin&) const = default;
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
  std::optional<Time> admitted;  // when the guards let it pass

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

// Whether HAProxy has what it was told, as read since. For now: a check that began before, or the
// end of maintenance, may still undo it.
enum class Confirmed : std::uint8_t { no, yes, for_now };

// What the steward holds of a server: the value before its first override, to go back to, and the
// value it wrote itself, to know its own work from another's. Exists from before the first command
// until the setting is back. Keyed by target and setting (checks are kept under health).
struct Hold {
  ServerRef target;
  Setting setting = Setting::state;
  Value baseline;
  Value ours;  // last written, or about to be
  Confirmed confirmed = Confirmed::no;
  bool returning = false;  // out of maint, drained, and no check has said what it is since
  Time since{};            // when `ours` was written
  std::string epoch;       // HAProxy's process then: InstanceView::epoch

  bool operator==(const Hold&) const = default;
};

}  // namespace steward::control
