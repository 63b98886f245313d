// What the steward keeps of one setting of one server: what it is without us, and all that tells
// our work from another's. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/base/time.hpp"
#include "steward/control/server_ref.hpp"
#include "steward/control/value.hpp"

namespace steward::control {

// Whether HAProxy has what it was told, as read since. For now: a check that began before, or the
// end of maintenance, may still undo it.
enum class Confirmed : std::uint8_t { no, yes, for_now };

// Whose a baseline is.
enum class Provenance : std::uint8_t { configured, person, agent };
[[nodiscard]] std::string_view to_string(Provenance provenance);
[[nodiscard]] Result<Provenance> parse_provenance(std::string_view text);

// A value that was in force while we looked, and the baseline it stood on then. Levels.
struct Stood {
  std::uint16_t value = 0, base = 0;
  bool operator==(const Stood&) const = default;
};

// Exists from the first override of a setting, or a change by hand, and outlives its last override
// as a tombstone for as long as a server-state file could bring our value back
// (Policy::tombstones). Keyed by target and setting (checks are kept under health).
struct Hold {
  ServerRef target;
  Setting setting = Setting::state;
  Value baseline;  // what it is without us
  Provenance by = Provenance::configured;
  std::optional<std::uint16_t> configured{};  // the level that the configuration says
  Value ours;    // last told, or about to be; without an override what was last seen
  Value before;  // HAProxy's when that was told
  Confirmed confirmed = Confirmed::no;
  bool returning = false;  // out of maintenance, drained, and no check has said what it is since
  Time since{};            // when `ours` was told
  std::string epoch{};     // HAProxy's process then: View::epoch
  std::vector<Stood> stood{};             // oldest first, each once; at most limits::kStood
  std::vector<std::uint16_t> doubtful{};  // values in force while the baseline was unclear
  bool unclear = false;             // HAProxy does not tell whose it is: left as it is, and shown
  std::optional<Time> tombstone{};  // since when no override lives
  std::uint32_t attempts = 0;       // to take it back, that HAProxy did not do
  std::optional<Time> next_attempt{};
  bool stuck = false;  // HAProxy does not take it back: given up until it changes
  bool gone =
      false;  // the server was deleted in this process, and is another's if it is back in it

  bool operator==(const Hold&) const = default;
};

// Notes that the value is in force, on the present baseline.
void note(Hold& hold, const Value& value);
// The baseline that the value last stood on; nothing: it was never in force while we looked.
[[nodiscard]] std::optional<Value> last_base_of(const Hold& hold, const Value& value);

}  // namespace steward::control
