#include "steward/control/clock_step.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "steward/base/duration.hpp"

namespace steward::control {
namespace {

// Memberships and rollouts have as much of their time left as before.
void step_servers(Draft& draft, std::chrono::milliseconds step) {
  std::vector<Membership> memberships;
  for (const auto& [id, each] : draft.book().memberships()) {
    if (!live(each.stage)) continue;
    memberships.push_back(each);
    memberships.back().since += step;
    memberships.back().deadline += step;
  }
  std::vector<Rollout> rollouts;
  for (const auto& [id, each] : draft.book().rollouts()) {
    if (!live(each.phase)) continue;
    rollouts.push_back(each);
    for (RolloutStep& part : rollouts.back().steps) part.since += step;
  }
  for (Membership& each : memberships) draft.put(std::move(each));
  for (Rollout& each : rollouts) draft.put(std::move(each));
}

// What was told was told as long ago as before, and tombstones last as long.
void step_holds(Draft& draft, std::chrono::milliseconds step) {
  std::vector<Hold> holds;
  draft.book().for_each_hold([&](const Hold& each) { holds.push_back(each); });
  for (Hold& each : holds) {
    each.since += step;
    if (each.tombstone) *each.tombstone += step;
    draft.put(std::move(each));
  }
}

}  // namespace

void step_clock(Draft& draft, Time now, std::chrono::milliseconds step) {
  std::vector<Override> shifted;
  for (const Override* each : draft.book().all_live()) {
    shifted.push_back(*each);
    Override& changed = shifted.back();
    if (changed.expires) *changed.expires += step;
    changed.hold_until += step;
    changed.created += step;
    if (changed.ramp) changed.ramp->begins += step;
    if (changed.suspension.calm_since) *changed.suspension.calm_since += step;
  }
  step_servers(draft, step);
  step_holds(draft, step);
  AuditRecord line;
  line.time = now;
  line.event = to_string(Event::clock_stepped);
  line.verdict = fmt::format("the clock was set {} by {}: {} leases move with it",
                             step.count() < 0 ? "back" : "forward",
                             format_duration(std::chrono::abs(step)), shifted.size());
  draft.record(std::move(line));
  for (Override& each : shifted) draft.put(std::move(each));
}

}  // namespace steward::control
