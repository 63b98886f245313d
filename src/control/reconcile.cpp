#include "steward/control/reconcile.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "steward/control/admission.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/baseline.hpp"
#include "steward/control/effect.hpp"
#include "steward/control/fail_open.hpp"
#include "steward/control/joining.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/parting.hpp"
#include "steward/control/plan.hpp"
#include "steward/control/records.hpp"
#include "steward/control/rolling.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

// A person's wish that the gate holds is not left to come into force when nobody expects it.
constexpr auto kPersonWaits = std::chrono::minutes(1);
// Attempts to take a setting back that HAProxy does not do.
constexpr std::uint32_t kReturnAttempts = 20;

constexpr std::array<Setting, 4> kAspects{Setting::state, Setting::weight, Setting::health,
                                          Setting::agent};

bool is_due(const Override& override, Time now) {
  if (override.phase == Phase::releasing) return false;
  return (override.expires && *override.expires <= now) ||
         (override.end == End::resolved && override.hold_until <= now);
}

// The overrides of one setting of one server.
struct Sides {
  Book::Pointers wishes;   // that count
  Book::Pointers leaving;  // that are about to end
};

// One HAProxy in one round.
class Round {
 public:
  Round(Draft& draft, const World& world, const View& view, const std::vector<Done>& done)
      : draft_(draft), world_(world), view_(view), lifecycle_(draft, world) {
    for (const Done& each : done) {
      if (each.subject.kind == Subject::Kind::none) {
        done_[each.target][each.aspect] = &each;
      } else {
        told_[each.subject.id] = &each;
      }
    }
  }

  std::vector<Step> run() {
    look();
    lose_servers();
    end_what_is_due();
    settle();
    take_turns();
    fail_open(draft_, world_, view_);
    advance_rollouts(draft_, world_, view_, steps_);
    for (Step& each : plan(draft_, world_, view_)) steps_.push_back(std::move(each));
    settle();
    bury();
    return std::move(steps_);
  }

  void read_back() {
    look();
    settle();
  }

 private:
  void look() {
    draft_.witness(view_.instance()).look(view_, world_.policy.limits);
    look_at_baselines(draft_, world_, view_);
  }

  [[nodiscard]] const Book::Shelves& shelves() const {
    static const Book::Shelves none;
    const Book::Shelves* all = draft_.book().instance(view_.instance());
    return all == nullptr ? none : *all;
  }
  [[nodiscard]] const ServerState* row_of(const ServerRef& target) const {
    return view_.find({target.backend, target.server});
  }
  [[nodiscard]] const Done* done_for(const ServerRef& target, Setting aspect) const {
    const auto found = done_.find(target);
    if (found == done_.end()) return nullptr;
    const auto each = found->second.find(aspect);
    return each == found->second.end() ? nullptr : each->second;
  }

  // --- servers that are gone ---

  void lose_servers() {
    std::vector<ServerRef> gone;
    for (const auto& [target, shelf] : shelves()) {
      if (row_of(target) == nullptr) gone.push_back(target);
    }
    std::ranges::sort(gone);
    for (const ServerRef& target : gone) lose(target);
  }

  // What was wished of it waits for it to come back, and is admitted anew then.
  void lose(const ServerRef& target) {
    const Book::Shelf shelf = *draft_.book().shelf(target);
    // Deleted in this process, it is another server when it comes back; but a reload that leaves it
    // out may be followed by one that has it again, with our value out of a state file.
    for (const Hold& hold : shelf.holds) {
      if (hold.epoch == view_.epoch()) draft_.drop_hold(target, hold.setting);
    }
    for (const Override* each : shelf.live) {
      if (waits(*each)) {
        reject_unknown(*each);
      } else {
        lifecycle_.lose(*each);
      }
    }
  }

  // It was there once, and may come back; or it never was.
  void reject_unknown(const Override& override) {
    if (override.guard == Guard::unknown_server || override.in_force) return;
    lifecycle_.reject(override,
                      {Guard::unknown_server, override.target.instance + " has no such server"});
  }

  // --- ends ---

  void end_what_is_due() {
    Book::Pointers all;
    for (const auto& [target, shelf] : shelves()) {
      const ServerState* row = row_of(target);
      for (const Override* each : shelf.live) {
        if (each->phase != Phase::releasing && may_end(*each, row)) all.push_back(each);
      }
    }
    std::ranges::sort(all, {}, &Override::id);
    for (const Override* each : all) end_if_due(*each);
  }

  [[nodiscard]] bool may_end(const Override& override, const ServerState* row) const {
    return is_due(override, world_.now) || override.phase == Phase::pending ||
           override.value == Value{Setting::state, kReady} ||
           (row != nullptr && is_moved(override, *row));
  }

  void end_if_due(const Override& override) {
    const ServerState* row = row_of(override.target);
    if (is_due(override, world_.now)) {
      const bool expired = override.end != End::resolved || override.hold_until > world_.now;
      return lifecycle_.end(override, expired ? End::expired : End::resolved,
                            expired ? "its lease ran out" : "its alert is resolved");
    }
    if (row == nullptr) return;
    if (is_moved(override, *row)) {
      return lifecycle_.end(override, End::moved,
                            fmt::format("the slot has another address now: {}", row->address));
    }
    if (is_fulfilled(override, *row)) {
      return lifecycle_.end(override, End::fulfilled, "the server is ready without it");
    }
    if (waits(override)) return judge_waiting(override);
    if (is_untold(override)) reject_old(override);
  }

  // Whether HAProxy has not been told anything for it yet. The way to ready may take several steps,
  // and a check in between.
  [[nodiscard]] bool is_untold(const Override& override) const {
    if (override.phase != Phase::pending || override.in_force || override.attempts > 0)
      return false;
    const Setting aspect = aspect_of(override.value.setting);
    const Hold* hold = draft_.book().shelf(override.target)->find(aspect);
    return !override.ramp && (hold == nullptr || hold->since < override.created);
  }

  // An alert spoke of what stood in the slot of a server-template then.
  [[nodiscard]] bool is_moved(const Override& override, const ServerState& row) const {
    if (!override.origin.from_alert() || row.fqdn.empty() || row.address.empty()) return false;
    if (override.address.empty() || row.address == override.address) return false;
    return std::ranges::count(view_.backend(row.backend), row.fqdn, &ServerState::fqdn) > 1;
  }

  // A person's "ready" over a baseline that is ready by now.
  [[nodiscard]] bool is_fulfilled(const Override& override, const ServerState& row) const {
    if (override.value != Value{Setting::state, kReady} || !counts(override)) return false;
    const Hold* hold = draft_.book().shelf(override.target)->find(Setting::state);
    return hold != nullptr && !hold->unclear && hold->baseline.level == kReady &&
           agrees(hold->baseline, row);
  }

  void judge_waiting(const Override& override) {
    if (const auto invalid = why_invalid(override, Sight{&view_, {}})) {
      return lifecycle_.reject(override, *invalid);
    }
    if (!override.in_force) reject_old(override);
  }

  // HAProxy was away, or the gate had no room.
  void reject_old(const Override& override) {
    const bool person = override.origin.kind == OwnerKind::person && !override.forced;
    if (!person || world_.now - override.created <= kPersonWaits) return;
    const bool held = override.guard != Guard::none;
    lifecycle_.reject(override, {held ? override.guard : Guard::unreachable,
                                 held ? "held for longer than a minute: " + override.detail
                                      : "HAProxy could not be told for more than a minute"});
  }

  // --- what has come into force, what is back, what failed ---

  void settle() {
    std::vector<ServerRef> busy;
    for (const auto& [target, shelf] : shelves()) {
      const bool moving = std::ranges::any_of(shelf.live, [](const Override* each) {
        return (counts(*each) && each->phase != Phase::active) || each->phase == Phase::releasing;
      });
      const bool returns = std::ranges::any_of(shelf.holds, &Hold::returning);
      if (moving || returns || done_.contains(target)) busy.push_back(target);
    }
    std::ranges::sort(busy);
    for (const ServerRef& target : busy) {
      const ServerState* row = row_of(target);
      if (row == nullptr) continue;
      for (const Setting aspect : kAspects) settle(target, *row, aspect);
    }
    done_.clear();
  }

  [[nodiscard]] Sides sides(const ServerRef& target, Setting aspect) const {
    Sides both;
    const Book::Shelf* shelf = draft_.book().shelf(target);
    for (const Override* each : shelf == nullptr ? Book::Pointers() : shelf->live) {
      if (aspect_of(each->value.setting) != aspect) continue;
      if (counts(*each)) both.wishes.push_back(each);
      if (each->phase == Phase::releasing) both.leaving.push_back(each);
    }
    return both;
  }

  void settle(const ServerRef& target, const ServerState& row, Setting aspect) {
    const Book::Shelf* shelf = draft_.book().shelf(target);
    const Hold* hold = shelf == nullptr ? nullptr : shelf->find(aspect);
    const Done* done = done_for(target, aspect);
    const bool untold = hold != nullptr && hold->confirmed == Confirmed::no && done != nullptr &&
                        !agrees(hold->ours, row);
    if (untold) return count_attempt(*hold, *done, row);
    const Sides both = sides(target, aspect);
    if (both.wishes.empty() && both.leaving.empty()) return;
    if (agrees(effect_of(shelf, aspect, row), row)) in_force(target, row, aspect, both, done);
  }

  void in_force(const ServerRef& target, const ServerState& row, Setting aspect, const Sides& both,
                const Done* done) {
    Hold hold = hold_for(target, row, aspect);
    const bool told_again = both.leaving.empty() && done != nullptr &&
                            std::ranges::all_of(both.wishes, [](const Override* each) {
                              return each->phase == Phase::active;
                            });
    for (const Override* each : both.wishes) {
      if (told_again || each->phase != Phase::active) lifecycle_.activate(*each, hold, done);
      supersede_older(*draft_.book().find(each->id));
    }
    const Value now = effect_of(draft_.book().shelf(target), aspect, row);
    for (const Override* each : both.leaving) lifecycle_.release(*each, now, done);
    // In maintenance any health agrees: it is told when that ends.
    if (aspect == Setting::health && hold.confirmed != Confirmed::no && hold.ours != now) {
      hold.ours = now;
      hold.confirmed = confirmation(now, row);
      note(hold, now);
    }
    hold.attempts = 0;
    hold.next_attempt.reset();
    if (now != Value{Setting::state, kDrain} || was_checked(row)) hold.returning = false;
    draft_.put(std::move(hold));
  }

  // Whether a check has said what it is since it left maintenance.
  [[nodiscard]] bool was_checked(const ServerState& row) const {
    return row.operational == stats::op_stopped ||
           draft_.book().witness(view_.instance()).fresh({row.backend, row.name});
  }

  // The same person's value before, which stayed in force until this one was.
  void supersede_older(const Override& override) {
    if (override.origin.kind != OwnerKind::person) return;
    const Book::Pointers all = draft_.book().shelf(override.target)->live;
    for (const Override* each : all) {
      const bool older = each->id < override.id && each->phase != Phase::releasing &&
                         each->origin.kind == OwnerKind::person &&
                         each->origin.principal == override.origin.principal &&
                         aspect_of(each->value.setting) == aspect_of(override.value.setting);
      if (older) lifecycle_.end(*each, End::superseded, "superseded by " + override.id);
    }
  }

  // Its hold; or one for what HAProxy has so already.
  [[nodiscard]] Hold hold_for(const ServerRef& target, const ServerState& row,
                              Setting aspect) const {
    const Hold* found = draft_.book().shelf(target)->find(aspect);
    if (found != nullptr) return *found;
    return fresh_hold(draft_.book(), world_, view_, target, row, aspect);
  }

  void count_attempt(const Hold& was, const Done& done, const ServerState& row) {
    const Sides both = sides(was.target, was.setting);
    for (const auto* list : {&both.wishes, &both.leaving}) {
      for (const Override* each : *list) {
        if (!has_its_way(*each, row)) lifecycle_.count_attempt(*each, done);
      }
    }
    Hold hold = was;
    ++hold.attempts;
    hold.next_attempt = world_.now + pause_after(hold.attempts);
    const std::uint32_t most =
        hold.setting == Setting::agent ? world_.policy.attempts : kReturnAttempts;
    if (hold.attempts >= most && both.wishes.empty()) give_up(hold, both, done, most);
    draft_.put(std::move(hold));
  }

  // Whether the server is at least as strict as this one wants, although not as all want.
  [[nodiscard]] bool has_its_way(const Override& override, const ServerState& row) const {
    if (override.phase != Phase::active) return false;
    const Book::Shelf* shelf = draft_.book().shelf(override.target);
    const Setting aspect = aspect_of(override.value.setting);
    if (loosens(override, baseline_of(shelf, aspect, row), row)) return agrees(override.value, row);
    return !stricter(wanted(override.value, row), observe(aspect, row));
  }

  // HAProxy does not take it back: said once, and tried again now and then.
  void give_up(Hold& hold, const Sides& both, const Done& done, std::uint32_t most) {
    hold.stuck = true;
    for (const Override* each : both.leaving) lifecycle_.fail(*each, done);
    if (hold.attempts > most) return;
    AuditRecord line;
    line.time = world_.now;
    line.event = to_string(Event::failed);
    line.target = to_string(hold.target);
    line.setting = to_string(hold.setting);
    line.before = to_string(hold.before);
    line.after = to_string(hold.ours);
    line.command = done.command;
    line.answer = done.answer;
    line.verdict =
        fmt::format("HAProxy did not take it back {} times: set it by hand", hold.attempts);
    draft_.record(std::move(line));
  }

  // --- tombstones ---

  // A hold without overrides is kept for as long as a state file could bring our value back.
  void bury() {
    std::vector<Hold> changed;
    for (const auto& [target, shelf] : shelves()) {
      for (const Hold& hold : shelf.holds) {
        const bool wished = std::ranges::any_of(shelf.live, [&](const Override* each) {
          const Setting aspect = aspect_of(each->value.setting);
          return aspect == hold.setting || hold.setting == Setting::agent;
        });
        const bool old =
            hold.tombstone && !wished && world_.now - *hold.tombstone > world_.policy.tombstones;
        if (wished == hold.tombstone.has_value() || old) changed.push_back(hold);
      }
    }
    for (Hold& hold : changed) {
      if (hold.tombstone && world_.now - *hold.tombstone > world_.policy.tombstones) {
        draft_.drop_hold(hold.target, hold.setting);
        continue;
      }
      hold.tombstone = hold.tombstone ? std::nullopt : std::optional(world_.now);
      draft_.put(std::move(hold));
    }
  }

  // --- servers that come and go ---

  // A turn may end its own membership, not another's.
  void take_turns() {
    std::vector<Membership> live_ones;
    for (const auto& [id, each] : draft_.book().memberships()) {
      if (live(each.stage) && each.target.instance == view_.instance()) live_ones.push_back(each);
    }
    for (const Membership& each : live_ones) {
      const auto told = told_.find(each.id);
      const Done* done = told == told_.end() ? nullptr : told->second;
      const auto turn = each.wish == Wish::present ? join : part;
      turn(draft_, world_, view_, done, each, steps_);
    }
  }

  Draft& draft_;
  const World& world_;
  const View& view_;
  const Lifecycle lifecycle_;
  std::map<ServerRef, DoneAspects> done_;
  std::map<std::string, const Done*> told_;  // by the id of a membership
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> reconcile(Draft& draft, const World& world, const View& view,
                            const std::vector<Done>& done) {
  return Round(draft, world, view, done).run();
}

void read_back(Draft& draft, const World& world, const View& view, const std::vector<Done>& done) {
  Round(draft, world, view, done).read_back();
}

}  // namespace steward::control
