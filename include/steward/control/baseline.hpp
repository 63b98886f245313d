// Whose a setting is, as far as HAProxy tells: what a look at it says of our holds. Pure.
#pragma once

#include <optional>
#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/hold.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// What HAProxy shows after it was replaced by another process.
struct Replaced {
  Value configured, observed;
  RowAge age = RowAge::start;
  bool file_used = false;  // a row of the backend came from a file
  bool watched = true;     // nobody could change anything unseen before the process ended
  bool wished = false;     // an override of the setting counts
};

struct Verdict {
  Value baseline;
  bool unclear = false;  // HAProxy does not tell: left, shown, and never acted on
  bool operator==(const Verdict&) const = default;
};

// The baseline in the new process; the first that applies:
// 1. nothing is restored, nothing has changed: what is there, which is the configuration;
// 2. the value was never in force while we looked: a person's;
// 3. nothing of the backend was restored, and it has changed: what is there, unclear if it was ever
//    ours and is not what is configured;
// 4. restored, without an override, and we were away, or the value stood on two baselines, or the
//    row has changed since: left, unclear unless it was the baseline already;
// 5. restored, else: the baseline the value last stood on, unclear under the conditions of 4.
[[nodiscard]] Verdict decide(const Hold& hold, const Replaced& seen);

// Whether the value stood on several baselines.
[[nodiscard]] bool is_ambiguous(const Hold& hold, const Value& value);

// Whether two values of a setting are one to the table: up, down and frozen are, for only whether
// checks run tells whose a health is.
[[nodiscard]] bool same_class(const Value& a, const Value& b);

// What the configuration says of the setting, as far as HAProxy tells.
[[nodiscard]] Value configured(Setting aspect, const stats::ServerState& server);

// Brings the holds of the view's instance up to date with it, and ends the overrides that a change
// by hand overrules. Changes by hand are noted of every server.
void look_at_baselines(Draft& draft, const World& world, const View& view);

// A hold for the first override of a setting.
[[nodiscard]] Hold fresh_hold(const Book& book, const World& world, const View& view,
                              const ServerRef& target, const stats::ServerState& server,
                              Setting aspect);

// Whether HAProxy has the value for good: a check that is under way, or the end of maintenance, may
// undo a pinned health.
[[nodiscard]] Confirmed confirmation(const Value& value, const stats::ServerState& server);

}  // namespace steward::control
