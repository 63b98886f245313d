#include "steward/control/settling.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "steward/control/aspect.hpp"
#include "steward/control/phases.hpp"
#include "steward/control/recent.hpp"
#include "steward/control/records.hpp"
#include "steward/control/returning.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

constexpr auto kTellAgain = std::chrono::seconds(10);

// Admitted, and not about to end: HAProxy should be as it says.
bool counts(const Override& override) {
  return override.admitted && (override.phase == Phase::pending || override.phase == Phase::active);
}

// One server in one round.
class Settling {
 public:
  Settling(Draft& draft, const World& world, const View& view, const ServerRef& target,
           const ServerState& server, const DoneAspects& done, std::vector<Step>& steps)
      : draft_(draft),
        world_(world),
        view_(view),
        target_(target),
        server_(server),
        done_(done),
        steps_(steps),
        phases_(draft, world, target, server, done) {}

  // An agent check would undo what is set: off before the rest, on again after it.
  void run() {
    constexpr std::array<Setting, 3> kAspects{Setting::state, Setting::weight, Setting::health};
    const bool agent_off = std::ranges::any_of(
        shelf_live(), [](const Override* each) { return counts(*each) && takes_effect(*each); });
    if (agent_off) hold_agent();
    for (const Setting aspect : kAspects) {
      if (aspect == Setting::state && joins_unchecked()) continue;
      if (aspect != Setting::health || !pinned_again_) settle(aspect);
    }
    if (!agent_off) free_agent();
  }

 private:
  static bool takes_effect(const Override& override) {
    return aspect_of(override.value.setting) != Setting::agent;
  }

  [[nodiscard]] Book::Pointers shelf_live() const {
    const Book::Shelf* shelf = draft_.book().shelf(target_);
    return shelf == nullptr ? Book::Pointers() : shelf->live;
  }

  [[nodiscard]] std::optional<Hold> hold_of(Setting aspect) const {
    const Book::Shelf* shelf = draft_.book().shelf(target_);
    const Hold* hold = shelf == nullptr ? nullptr : shelf->find(aspect);
    return hold == nullptr ? std::nullopt : std::optional(*hold);
  }

  [[nodiscard]] Hold fresh_hold(Setting aspect) const {
    return {target_,        aspect, own_value(aspect), observe(aspect, server_),
            Confirmed::yes, false,  world_.now,        view_.epoch()};
  }

  [[nodiscard]] bool joins() const {
    const Membership* membership = draft_.book().membership_of(target_);
    return membership != nullptr && membership->stage == Stage::joining;
  }

  // It was added, in maintenance, and its checks are not on yet: nothing would say that it is well.
  [[nodiscard]] bool joins_unchecked() const {
    return joins() && stats::switched_off(server_.check_state) && !hold_of(Setting::health);
  }

  // What it would be without us. One that joins is in maintenance, and its checks are off, only
  // until it is let in.
  [[nodiscard]] Value own_value(Setting aspect) const {
    if (aspect == Setting::weight || !joins()) return observe(aspect, server_);
    const bool agent = (server_.agent_state & stats::check_configured) != 0;
    if (aspect == Setting::agent) return {aspect, agent ? kEnabled : kDisabled};
    return {aspect, aspect == Setting::state ? kReady : kByChecks};
  }

  // Whether the configuration may be why the setting is as it is.
  [[nodiscard]] bool as_configured(Setting aspect) const {
    if (aspect == Setting::weight) return server_.user_weight == server_.initial_weight;
    constexpr auto kDisabledThere = stats::config_maint | stats::forced_maint;
    return aspect == Setting::state && (server_.admin & kDisabledThere) == kDisabledThere;
  }

  // Another process of HAProxy was never told anything, unless it has a state file.
  void enter_epoch(Hold& hold) {
    if (hold.epoch == view_.epoch()) return;
    hold.epoch = view_.epoch();
    hold.returning = false;
    hold.confirmed = Confirmed::yes;
    if (agrees(hold.ours, server_) && !as_configured(hold.setting)) return;
    hold.baseline = own_value(hold.setting);
    hold.ours = observe(hold.setting, server_);
    why_again_ = "HAProxy was reloaded or restarted";
  }

  [[nodiscard]] Sides sides(Setting aspect) const {
    Sides sides;
    for (const Override* each : shelf_live()) {
      if (aspect_of(each->value.setting) != aspect) continue;
      if (counts(*each)) sides.wishes.push_back(each);
      if (each->phase == Phase::releasing) sides.leaving.push_back(each);
    }
    return sides;
  }

  void settle(Setting aspect) {
    why_again_ = {};
    Sides both = sides(aspect);
    auto held = hold_of(aspect);
    if (!held && both.empty()) return;
    Hold hold = held ? *held : fresh_hold(aspect);
    if (held) enter_epoch(hold);
    if (somebody_changed(hold)) return phases_.yield(hold, both);
    if (unheard(hold) && done_.contains(aspect)) {
      phases_.count_attempt(aspect, both);
      both = sides(aspect);  // some may have failed
    }
    if (hold.confirmed == Confirmed::for_now && !agrees(hold.ours, server_)) {
      why_again_ = "a check that was under way, or the end of maintenance, undid it";
    }
    const Value aim =
        both.wishes.empty() ? hold.baseline : compose(hold.baseline, both.wishes, server_);
    if (agrees(aim, server_)) return in_force(hold, aim, both);
    if (agrees(hold.ours, server_)) hold.confirmed = confirmation(hold.ours);
    approach(hold, aim, both);
    draft_.put(std::move(hold));
  }

  void in_force(Hold hold, const Value& aim, const Sides& both) {
    // What was told again, and changed no phase, has a line of its own.
    const bool again = both.leaving.empty() && done_.contains(hold.setting) &&
                       std::ranges::all_of(both.wishes, [](const Override* each) {
                         return each->phase == Phase::active;
                       });
    for (const Override* each : both.wishes) {
      if (again || each->phase != Phase::active) phases_.activate(*each, hold);
    }
    for (const Override* each : both.leaving) phases_.let_go(*each, aim);
    if (may_come_late(hold)) return draft_.put(std::move(hold));
    if (both.wishes.empty()) return draft_.drop_hold(target_, hold.setting);
    hold.ours = aim;
    hold.confirmed = confirmation(aim);
    hold.returning =
        aim == Value{Setting::state, kDrain} && awaits_check(hold, server_, facts(), world_.now);
    draft_.put(std::move(hold));
  }

  // Of what HAProxy has. The result of a check that began before the checks were disabled still
  // counts; and in maintenance any health is as wished, until HAProxy calls it UP when that ends.
  [[nodiscard]] Confirmed confirmation(const Value& value) const {
    const bool pinned = value.setting == Setting::health && value.level >= kUp;
    const bool checking = (server_.check_state & stats::check_in_progress) != 0;
    return pinned && (checking || server_.in_maint()) ? Confirmed::for_now : Confirmed::yes;
  }

  // No check turns the checks on again.
  [[nodiscard]] bool somebody_changed(const Hold& hold) const {
    if (hold.confirmed == Confirmed::no || agrees(hold.ours, server_)) return false;
    return hold.confirmed == Confirmed::yes ||
           observe(hold.setting, server_) == Value{Setting::health, kByChecks};
  }

  // It was told, and does not have it.
  [[nodiscard]] bool unheard(const Hold& hold) const {
    return hold.confirmed == Confirmed::no && !agrees(hold.ours, server_);
  }

  void approach(Hold& hold, const Value& aim, const Sides& both) {
    std::uint32_t attempts = 0;
    for (const auto* list : {&both.wishes, &both.leaving}) {
      for (const Override* each : *list) {
        if (still_pausing(each->next_attempt, world_.now)) return;
        attempts = std::max(attempts, each->attempts);
      }
    }
    if (both.empty() && told_lately(hold)) return;
    const auto next = next_value(aim, hold, server_, facts(), safely(both), world_.now);
    if (!next || agrees(*next, server_)) return;
    if (next->setting == Setting::state && next->level == kReady && begins_ramp()) return;
    if (!why_again_.empty()) phases_.reapplied(both, hold, why_again_);
    const bool was_out = observe(Setting::state, server_).level == kMaint;
    hold.returning = *next == Value{Setting::state, kDrain} && (was_out || hold.returning);
    hold.ours = *next;
    hold.confirmed = Confirmed::no;
    hold.since = world_.now;
    steps_.push_back({target_, hold.setting, commands_to(*next, server_), attempts > 0});
    // HAProxy calls a server that leaves maintenance by itself UP: say again what it should be.
    if (hold.setting == Setting::state && was_out) pin_health_again();
  }

  // Its weight is low before it serves: the next round lets it.
  bool begins_ramp() {
    const auto& ramp = world_.policy.return_ramp;
    const Book::Pointers live = shelf_live();
    const bool climbs =
        std::ranges::any_of(live, [](const Override* each) { return each->ramp.has_value(); });
    const bool fixed = view_.topology().algorithm(target_.backend) == "static-rr";
    if (ramp.over.count() == 0 || climbs || fixed || server_.user_weight == 0) return false;
    Override made;
    made.id = world_.new_id();
    made.target = target_;
    made.value = {Setting::weight, ramp.from, true};
    made.ramp = Ramp{ramp.from, 100, world_.now, ramp.over, true};
    made.origin.manual = true;
    made.origin.principal = "return_ramp";
    made.reason = "it returns to service";
    made.created = world_.now;
    made.admitted = world_.now;
    made.expires = world_.now + ramp.over;
    draft_.record(record_of("created", made, world_.now));
    draft_.put(std::move(made));
    return true;
  }

  // No override counts the attempts of what is only undone.
  [[nodiscard]] bool told_lately(const Hold& hold) const {
    return hold.confirmed == Confirmed::no && recent(hold.since, world_.now, kTellAgain);
  }

  // HAProxy may be about to do what it was told by a process that died, or without an answer.
  [[nodiscard]] bool may_come_late(const Hold& hold) const {
    return unheard(hold) && told_lately(hold) && !done_.contains(hold.setting);
  }

  void pin_health_again() {
    auto pinned = hold_of(Setting::health);
    if (!pinned || pinned->ours.level < kUp) return;
    pinned_again_ = true;
    pinned->confirmed = Confirmed::no;
    steps_.push_back({target_,
                      Setting::health,
                      {pinned->ours.level == kUp         ? Command{Verb::health_up}
                       : pinned->ours.level == kStopping ? Command{Verb::health_stopping}
                                                         : Command{Verb::health_down}},
                      false});
    draft_.put(*std::move(pinned));
  }

  [[nodiscard]] ServerFacts facts() const {
    return view_.topology().of({target_.backend, target_.server});
  }

  static bool safely(const Sides& both) {
    const auto wants = [](const Override* each) { return each->return_safely; };
    return std::ranges::all_of(both.wishes, wants) && std::ranges::all_of(both.leaving, wants);
  }

  void hold_agent() {
    auto held = hold_of(Setting::agent);
    if (!held && own_value(Setting::agent).level == kDisabled) return;
    Hold hold = held ? *held : fresh_hold(Setting::agent);
    if (held) enter_epoch(hold);
    set_agent(std::move(hold), {Setting::agent, kDisabled});
  }

  void free_agent() {
    auto held = hold_of(Setting::agent);
    const Book::Shelf* shelf = draft_.book().shelf(target_);
    if (!held || shelf->holds.size() > 1) return;  // not before the rest is back
    enter_epoch(*held);
    if (agrees(held->baseline, server_)) return draft_.drop_hold(target_, Setting::agent);
    const Value baseline = held->baseline;
    set_agent(*std::move(held), baseline);
  }

  void set_agent(Hold hold, const Value& value) {
    if (hold.ours == value && !agrees(value, server_) && told_lately(hold)) return;
    hold.confirmed = agrees(value, server_) ? Confirmed::yes : Confirmed::no;
    hold.ours = value;
    if (hold.confirmed == Confirmed::no) {
      hold.since = world_.now;
      steps_.push_back({target_, Setting::agent, commands_to(value, server_), false});
    }
    draft_.put(std::move(hold));
  }

  Draft& draft_;
  const World& world_;
  const View& view_;
  const ServerRef& target_;
  const ServerState& server_;
  const DoneAspects& done_;
  std::vector<Step>& steps_;
  const Phases phases_;
  std::string_view why_again_;  // what is in force must be told again; empty: it need not
  bool pinned_again_ = false;
};

}  // namespace

void settle(Draft& draft, const World& world, const View& view, const ServerState& server,
            const ServerRef& target, const DoneAspects& done, std::vector<Step>& steps) {
  Settling(draft, world, view, target, server, done, steps).run();
}

}  // namespace steward::control
