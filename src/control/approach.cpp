#include "steward/control/approach.hpp"

#include <algorithm>
#include <utility>

#include "steward/control/aspect.hpp"
#include "steward/control/availability.hpp"
#include "steward/control/baseline.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/recent.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

// Nobody counts the attempts of what is told without an override.
constexpr auto kTellAgain = std::chrono::seconds(10);

bool runs_checks(const ServerState& server) {
  return (server.check_state & stats::check_enabled) != 0;
}

bool is_about(const Override& override, Setting aspect) {
  return aspect_of(override.value.setting) == aspect;
}

// Whether an agent would undo it: its words change the state and a pinned health. Its weights are
// told again, and checks that are off are none of its business.
bool needs_agent_off(const Override* override) {
  const Value& value = override->value;
  if (!counts(*override)) return false;
  if (value.setting == Setting::state) return value.level != kReady;
  return value.setting == Setting::health && value.level >= kUp;
}

Command pin_of(std::uint16_t level) {
  if (level == kUp) return {Verb::health_up};
  return {level == kStopping ? Verb::health_stopping : Verb::health_down};
}

}  // namespace

const Hold* Approach::hold_of(const ServerRef& target, Setting aspect) const {
  const Book::Shelf* shelf = draft_.book().shelf(target);
  return shelf == nullptr ? nullptr : shelf->find(aspect);
}

std::optional<Value> Approach::next(const ServerRef& target, const ServerState& server,
                                    const Value& aim) {
  if (!may_tell(target, aim.setting)) return std::nullopt;
  if (aim.setting != Setting::state) return aim;
  if (joins_unchecked(target, server)) return std::nullopt;
  if (aim.level != kReady) return aim;
  if (awaits_agent(target, server)) return std::nullopt;
  const bool in_maint = observe(Setting::state, server).level == kMaint;
  // HAProxy would have it serve until its health is pinned again.
  if (in_maint && pins_down(target)) return Value{Setting::state, kDrain};
  // One without an address is not checked, and begins as HAProxy has it begin when DNS has one.
  if (addressed(server) && runs_checks(server) && returns_safely(target)) {
    if (in_maint) return Value{Setting::state, kDrain};
    if (awaits_check(target, server)) return std::nullopt;
  }
  return begins_ramp(target, server) ? std::nullopt : std::optional(aim);
}

// It was added, in maintenance, and its checks are not on yet: nothing would say that it is well.
bool Approach::joins_unchecked(const ServerRef& target, const ServerState& server) const {
  const Membership* membership = draft_.book().membership_of(target);
  return membership != nullptr && membership->stage == Stage::joining &&
         stats::switched_off(server.check_state) && hold_of(target, Setting::health) == nullptr;
}

bool Approach::pins_down(const ServerRef& target) const {
  const Hold* hold = hold_of(target, Setting::health);
  return hold != nullptr && hold->ours.level >= kStopping;
}

bool Approach::returns_safely(const ServerRef& target) const {
  const Book::Shelf* shelf = draft_.book().shelf(target);
  return shelf == nullptr || std::ranges::all_of(shelf->live, [](const Override* each) {
           return !is_about(*each, Setting::state) || each->return_safely;
         });
}

bool Approach::awaits_check(const ServerRef& target, const ServerState& server) const {
  const ServerKey key{server.backend, server.name};
  if (server.operational == stats::op_stopped ||
      draft_.book().witness(view_.instance()).fresh(key)) {
    return false;
  }
  const Hold* hold = hold_of(target, Setting::state);
  const ServerFacts facts = view_.topology().of(key);
  const bool beginning =
      facts.check_rise > 0 && server.check_health < facts.check_rise + facts.check_fall - 1;
  return beginning || (hold != nullptr && hold->returning);
}

bool Approach::awaits_agent(const ServerRef& target, const ServerState& server) const {
  const Hold* hold = hold_of(target, Setting::agent);
  const bool configured = (server.agent_state & stats::check_configured) != 0;
  const Membership* membership = draft_.book().membership_of(target);
  const bool joins = membership != nullptr && membership->stage == Stage::joining;
  if (hold == nullptr || hold->stuck || !configured || joins) return false;
  const auto& live = draft_.book().shelf(target)->live;
  if (std::ranges::any_of(live, needs_agent_off)) return false;  // it stays off for another
  if (hold->baseline.level != kEnabled) return false;
  const ServerKey key{server.backend, server.name};
  return !runs_agent(server) || !draft_.book().witness(view_.instance()).agent_answered(key);
}

bool Approach::may_tell(const ServerRef& target, Setting aspect) const {
  const Hold* hold = hold_of(target, aspect);
  if (hold != nullptr && (hold->stuck || still_pausing(hold->next_attempt, world_.now))) {
    return false;
  }
  const Book::Shelf* shelf = draft_.book().shelf(target);
  bool wished = false;
  for (const Override* each : shelf == nullptr ? Book::Pointers() : shelf->live) {
    if (!is_about(*each, aspect) || waits(*each)) continue;
    wished = true;
    if (still_pausing(each->next_attempt, world_.now)) return false;
  }
  const bool told_lately = hold != nullptr && hold->confirmed == Confirmed::no &&
                           recent(hold->since, world_.now, kTellAgain);
  return wished || !told_lately || hold->attempts > 0;
}

// Its weight is low before it serves: the next round lets it.
bool Approach::begins_ramp(const ServerRef& target, const ServerState& server) {
  const auto& ramp = world_.policy.return_ramp;
  const Book::Shelf* shelf = draft_.book().shelf(target);
  const bool climbs =
      shelf != nullptr &&
      std::ranges::any_of(shelf->live, [](const Override* each) { return each->ramp.has_value(); });
  const bool fixed = view_.topology().algorithm(target.backend) == "static-rr";
  if (ramp.over.count() == 0 || climbs || fixed || server.user_weight == 0) return false;
  Override made;
  made.id = world_.new_id();
  made.target = target;
  made.value = {Setting::weight, ramp.from, true};
  made.ramp = Ramp{ramp.from, 100, world_.now, ramp.over, true};
  made.origin.kind = OwnerKind::steward;
  made.origin.principal = "return_ramp";
  made.reason = "it returns to service";
  made.created = world_.now;
  made.admitted = world_.now;
  made.expires = world_.now + ramp.over;
  const Value low = wanted(made.value, server);
  Lifecycle(draft_, world_).create(std::move(made));
  if (!agrees(low, server)) tell(target, server, low);
  return true;
}

void Approach::tell(const ServerRef& target, const ServerState& server, const Value& value) {
  const Hold* found = hold_of(target, value.setting);
  Hold hold = found != nullptr
                  ? *found
                  : fresh_hold(draft_.book(), world_, view_, target, server, value.setting);
  say_again(hold);
  const Value seen = observe(value.setting, server);
  const bool was_out = value.setting == Setting::state && seen.level == kMaint;
  hold.returning = value == Value{Setting::state, kDrain} && (was_out || hold.returning);
  hold.before = seen;
  hold.ours = value;
  hold.confirmed = Confirmed::no;
  hold.since = world_.now;
  hold.epoch = view_.epoch();
  note(hold, value);
  const Book::Shelf* shelf = draft_.book().shelf(target);
  bool wished = false, alone = hold.attempts > 0;
  for (const Override* each : shelf == nullptr ? Book::Pointers() : shelf->live) {
    if (!is_about(*each, value.setting)) continue;
    wished = true;
    alone = alone || each->attempts > 0;
  }
  if (wished) hold.tombstone.reset();
  draft_.put(std::move(hold));
  steps_.push_back({target, value.setting, commands_to(value, server), alone});
  steps_.back().seen = seen;
  // HAProxy calls a server that leaves maintenance by itself UP: say again what it should be.
  if (was_out) pin_health_again(target);
}

// What is in force, and is told again, has a line of its own.
void Approach::say_again(const Hold& hold) const {
  const Book::Shelf* shelf = draft_.book().shelf(hold.target);
  if (shelf == nullptr || hold.confirmed == Confirmed::no) return;
  const Lifecycle lifecycle(draft_, world_);
  for (const Override* each : shelf->live) {
    if (!is_about(*each, hold.setting) || each->phase != Phase::active) continue;
    lifecycle.reapply(*each, hold,
                      each->again ? "HAProxy was reloaded or restarted"
                      : hold.by == Provenance::agent
                          ? "the agent changed it"
                          : "a check that was under way, or the end of maintenance, undid it");
  }
}

void Approach::pin_health_again(const ServerRef& target) {
  const Hold* found = hold_of(target, Setting::health);
  if (found == nullptr || found->ours.level < kUp || found->tombstone) return;
  Hold pinned = *found;
  pinned.before = {Setting::health, kUp};
  pinned.confirmed = Confirmed::no;
  steps_.push_back({target, Setting::health, {pin_of(pinned.ours.level)}, false});
  draft_.put(std::move(pinned));
}

void Approach::tell_agents() {
  std::vector<std::pair<ServerRef, const ServerState*>> all;
  for (const auto* server : draft_.attended(view_.instance())) {
    const auto& [target, shelf] = *server;
    const ServerState* row = view_.find({target.backend, target.server});
    const bool has_one = row != nullptr && (row->agent_state & stats::check_configured) != 0;
    if (has_one || (row != nullptr && shelf.find(Setting::agent) != nullptr)) {
      all.emplace_back(target, row);
    }
  }
  std::ranges::sort(all);
  for (const auto& [target, row] : all) tell_agent(target, *row);
}

bool Approach::may_let_agent_on(const ServerRef& target, const ServerState& server) const {
  const Hold* hold = hold_of(target, Setting::agent);
  return hold != nullptr && !hold->stuck && hold->baseline.level == kEnabled &&
         stats::switched_off(server.agent_state);
}

void Approach::tell_agent(const ServerRef& target, const ServerState& server) {
  const Book::Shelf* shelf = draft_.book().shelf(target);
  const bool wished = std::ranges::any_of(shelf->live, needs_agent_off);
  const Hold* found = shelf->find(Setting::agent);
  if (found != nullptr && found->stuck) return;
  if ((server.agent_state & stats::check_configured) == 0) {  // of the configuration before
    if (found != nullptr) draft_.drop_hold(target, Setting::agent);
    return;
  }
  if (found == nullptr && wished && !runs_agent(server)) {
    Hold hold = fresh_hold(draft_.book(), world_, view_, target, server, Setting::agent);
    if (hold.baseline != hold.ours) draft_.put(std::move(hold));  // it joins, and gets it then
  }
  if (found == nullptr && (!wished || !runs_agent(server))) return;
  const Value aim = wished ? Value{Setting::agent, kDisabled} : found->baseline;
  if (agrees(aim, server) || (wished && down_by_agent(server))) return;
  if (!may_tell(target, Setting::agent)) return;
  Hold hold = found != nullptr
                  ? *found
                  : fresh_hold(draft_.book(), world_, view_, target, server, Setting::agent);
  hold.before = observe(Setting::agent, server);
  hold.ours = aim;
  hold.confirmed = Confirmed::no;
  hold.since = world_.now;
  hold.epoch = view_.epoch();
  note(hold, aim);
  if (wished) hold.tombstone.reset();
  draft_.put(std::move(hold));
  steps_.push_back({target, Setting::agent, commands_to(aim, server), false});
  steps_.back().seen = observe(Setting::agent, server);
}

}  // namespace steward::control
