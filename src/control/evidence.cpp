#include "steward/control/evidence.hpp"

#include <algorithm>

#include "steward/base/limits.hpp"
#include "steward/control/aspect.hpp"

namespace steward::control {
namespace {

// A look longer ago than this before a restart says nothing of what was done meanwhile.
constexpr auto kAway = std::chrono::minutes(10);

}  // namespace

Evidence::Evidence(const World& world, const View& view, const Hold& hold,
                   const stats::ServerState& row, const Witness& witness, bool wished)
    : world_(world), view_(view), hold_(hold), row_(row) {
  const Value seen = observe(hold.setting, row), by_configuration = configured(hold.setting, row);
  const auto looked = witness.looked_before();
  const bool watched = looked && began() - *looked <= kAway && !witness.missed();
  replaced_ = {by_configuration, seen, age_of(view, row), a_file_was_used(), watched, wished};
  hurried_ = !replaced_.file_used && witness.hurried() && is_ambiguous(hold, seen);
  // As old as the process, and not as configured: of our hold file; else of a file that was just
  // written, or set by somebody before the first look.
  if (replaced_.age == RowAge::start && !same_class(seen, by_configuration)) {
    replaced_.file_used = replaced_.file_used || was_in_hold_file();
    replaced_.age = was_in_hold_file() ? RowAge::file : RowAge::changed;
  }
  // In the second in which a file is used, HAProxy's whole seconds do not tell what is of it.
  if (replaced_.age == RowAge::start && replaced_.file_used && !was_in_hold_file()) {
    replaced_.age = RowAge::changed;
  }
  // What the configuration changed beats a file.
  edited_ = hold.configured && *hold.configured != by_configuration.level;
  if (edited_ && same_class(seen, by_configuration)) {
    replaced_.age = RowAge::start;
  } else if (hold.setting != Setting::state && replaced_.file_used) {
    replaced_.age = RowAge::file;  // neither weight nor checks count as a change
  }
}

// What was told to the process before, and not read back, may have been told to this one: without
// that there would be what was there before.
Verdict Evidence::landed_or(const Verdict& kept) const {
  if (!may_have_landed()) return kept;
  Replaced without = replaced_;
  without.observed = replaced_.file_used ? hold_.before : replaced_.configured;
  without.age = replaced_.file_used ? RowAge::file : RowAge::start;
  Verdict landed = decide(hold_, without);
  // That a state was told the row tells; that a weight was, nothing does.
  const bool sure = hold_.setting == Setting::state || !replaced_.file_used || landed == kept;
  landed.unclear = landed.unclear || !sure;
  return landed;
}

Verdict Evidence::verdict() const {
  // A file of a process that had just begun would leave no trace.
  if (hurried_) return {replaced_.observed, true};
  Verdict verdict = landed_or(decide(hold_, replaced_));
  // What ours stood on was the configuration's, which says something else now.
  const bool ours = !same_class(replaced_.observed, verdict.baseline);
  if (ours && edited_ && verdict.baseline.level == *hold_.configured) {
    verdict.baseline = replaced_.configured;
  }
  return verdict;
}

bool Evidence::a_file_was_used() const {
  return std::ranges::any_of(view_.backend(row_.backend), [&](const stats::ServerState& each) {
    return age_of(view_, each) == RowAge::file;
  });
}

// Lines of a hold file outlive what they hold by a minute at most.
bool Evidence::was_in_hold_file() const {
  return world_.policy.hold_files &&
         (!hold_.tombstone || *hold_.tombstone + limits::kHoldFileLasts >= began());
}

bool Evidence::may_have_landed() const {
  const bool restored = hold_.setting == Setting::state && age_of(view_, row_) == RowAge::file;
  return hold_.confirmed == Confirmed::no && agrees(hold_.ours, row_) && !restored &&
         began() <= hold_.since + limits::kComesLate;
}

}  // namespace steward::control
