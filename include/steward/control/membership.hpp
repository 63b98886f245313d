// Whether a server is to be in a backend of one HAProxy: added at runtime, or removed from it.
// Plain values. A reload undoes both, so a membership stands until somebody ends it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "steward/base/result.hpp"
#include "steward/base/time.hpp"
#include "steward/control/server_ref.hpp"

namespace steward::control {

// NOLINTNEXTLINE(readability-identifier-naming): the field's words
enum class Wish : std::uint8_t { present, absent };
[[nodiscard]] std::string_view to_string(Wish wish);
[[nodiscard]] Result<Wish> parse_wish(std::string_view text);

enum class Stage : std::uint8_t {
  adding,    // HAProxy is about to be told of it
  joining,   // it is there, and no check has passed yet
  present,   // in service; it is added again after a reload
  draining,  // no new sessions; those that are left are waited for
  deleting,  // in maintenance; HAProxy is about to be told to delete it
  absent,    // gone; it is removed again when a reload brings it back
  undoing,   // it could not join: it is being deleted
  failed,    // everything is as it was before
  yielded,   // somebody else added or deleted it: theirs stays
  ended,     // nobody wants it any more
};
[[nodiscard]] std::string_view to_string(Stage stage);
[[nodiscard]] Result<Stage> parse_stage(std::string_view text);

// Whether it still wants something of HAProxy, now or after a reload.
[[nodiscard]] constexpr bool live(Stage stage) { return stage <= Stage::undoing; }
// Whether it has what it wants.
[[nodiscard]] constexpr bool stands(Stage stage) {
  return stage == Stage::present || stage == Stage::absent;
}

struct Membership {
  std::string id;  // a ULID: sorts by creation
  ServerRef target;
  Wish wish = Wish::present;
  Stage stage = Stage::adding;

  std::string address;  // "10.0.0.9:8080", as HAProxy is told it; of Wish::absent: where it was,
                        // empty if DNS says that, or if it was removed by an older steward
  std::string options;  // of Wish::present: what follows it: "check weight 100"
  bool cut = false;     // of Wish::absent: sessions that are left at the deadline are shut down
  bool configured = false;  // of Wish::absent: HAProxy's configuration has it, so a reload brings
                            // it back

  std::string principal, reason;
  std::string rollout;      // the rollout it belongs to
  std::string override_id;  // of Wish::absent: what keeps it out meanwhile
  bool forced = false;      // past the guards

  Time created{};
  Time since{};                                                  // it is in its stage
  std::chrono::milliseconds patience{std::chrono::seconds(30)};  // with the way to where it stands
  Time deadline{};                                               // of that
  std::optional<Time> ended;
  std::optional<std::uint64_t> sessions;  // that are left, while it is drained
  std::string detail;                     // a sentence: what it waits for, or why it failed
  std::string epoch;                      // HAProxy's process that was told last; empty: none
  bool served = false;                    // of Wish::present: it was in service once
  bool let_in = false;                    // joining: it was let out of maintenance
  std::uint32_t attempts = 0;
  std::optional<Time> next_attempt;

  bool operator==(const Membership&) const = default;
};

}  // namespace steward::control
