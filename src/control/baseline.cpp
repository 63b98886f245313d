#include "steward/control/baseline.hpp"

#include <algorithm>
#include <utility>

#include "steward/control/aspect.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

// Up, down and frozen are one value to the table: only whether checks run tells whose it is.
std::uint16_t class_of(const Value& value) {
  return value.setting == Setting::health && value.level != kByChecks ? kFrozen : value.level;
}

// The baselines that a value stood on.
std::vector<std::uint16_t> bases_of(const Hold& hold, const Value& value) {
  std::vector<std::uint16_t> bases;
  for (const Stood& each : hold.stood) {
    const bool same = same_class({hold.setting, each.value}, value);
    const std::uint16_t base = class_of({hold.setting, each.base});
    if (same && std::ranges::find(bases, base) == bases.end()) bases.push_back(base);
  }
  return bases;
}

Value base_it_stood_on(const Hold& hold, const Value& value) {
  const auto found = std::find_if(hold.stood.rbegin(), hold.stood.rend(), [&](const Stood& each) {
    return same_class({hold.setting, each.value}, value);
  });
  return {hold.setting, found->base};
}

}  // namespace

bool is_ambiguous(const Hold& hold, const Value& value) { return bases_of(hold, value).size() > 1; }

bool same_class(const Value& a, const Value& b) { return class_of(a) == class_of(b); }

Value configured(Setting aspect, const ServerState& server) {
  switch (aspect) {
    case Setting::weight:
      return {Setting::weight, static_cast<std::uint16_t>(
                                   std::min<std::uint32_t>(server.initial_weight, kWeightMost))};
    case Setting::agent: {
      const bool has_agent = (server.agent_state & stats::check_configured) != 0;
      return {Setting::agent, has_agent ? kEnabled : kDisabled};
    }
    case Setting::state:
      return {Setting::state, (server.admin & stats::config_maint) != 0 ? kMaint : kReady};
    case Setting::health:
    case Setting::checks:
      break;
  }
  const bool has_checks = (server.check_state & stats::check_configured) != 0;
  return {Setting::health, has_checks ? kByChecks : kUp};
}

Verdict decide(const Hold& hold, const Replaced& seen) {
  const Value& observed = seen.observed;
  const auto bases = bases_of(hold, observed);
  if (seen.age == RowAge::start || bases.empty()) return {observed, false};
  const bool ours = std::ranges::any_of(bases, [&](std::uint16_t base) {
    return !same_class({hold.setting, base}, observed);
  });
  if (!seen.file_used) return {observed, ours && !same_class(observed, seen.configured)};
  const bool doubted = std::ranges::any_of(hold.doubtful, [&](std::uint16_t level) {
    return same_class({hold.setting, level}, observed);
  });
  const bool ambiguous = bases.size() > 1 || doubted;
  const bool unclear = ambiguous || !seen.watched || seen.age == RowAge::changed;
  if (unclear && !seen.wished) {
    return {observed, ambiguous || !same_class(observed, hold.baseline)};
  }
  return {base_it_stood_on(hold, observed), unclear};
}

Confirmed confirmation(const Value& value, const ServerState& server) {
  const bool pinned = value.setting == Setting::health && value.level >= kUp;
  const bool checking = (server.check_state & stats::check_in_progress) != 0;
  // In maintenance every health agrees, but checks that are off stay off.
  const bool off =
      value == Value{Setting::health, kByChecks} && stats::switched_off(server.check_state);
  if (off) return Confirmed::no;
  return pinned && (checking || server.in_maint()) ? Confirmed::for_now : Confirmed::yes;
}

Hold fresh_hold(const Book& book, const World& world, const View& view, const ServerRef& target,
                const ServerState& server, Setting aspect) {
  const Membership* membership = book.membership_of(target);
  const bool joins = membership != nullptr && membership->stage == Stage::joining;
  Hold hold;
  hold.target = target;
  hold.setting = aspect;
  hold.ours = hold.before = observe(aspect, server);
  // One that joins is in maintenance, and its checks are off, only until it is let in.
  hold.baseline = hold.ours;
  if (joins && aspect == Setting::agent) hold.baseline = configured(aspect, server);
  if (joins && aspect == Setting::state) hold.baseline = {aspect, kReady};
  if (joins && aspect == Setting::health) hold.baseline = {aspect, kByChecks};
  hold.by = joins || same_class(hold.baseline, configured(aspect, server)) ? Provenance::configured
                                                                           : Provenance::person;
  hold.configured = configured(aspect, server).level;
  hold.confirmed = Confirmed::yes;
  hold.since = world.now;
  hold.epoch = view.epoch();
  note(hold, hold.ours);
  return hold;
}

}  // namespace steward::control
