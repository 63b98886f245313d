#include "steward/control/reconcile.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "steward/control/admission.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/fail_open.hpp"
#include "steward/control/joining.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/parting.hpp"
#include "steward/control/plan.hpp"
#include "steward/control/read_back.hpp"
#include "steward/control/records.hpp"
#include "steward/control/rolling.hpp"
#include "steward/control/unsettled.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

// A person's wish that the gate holds is not left to come into force when nobody expects it.
constexpr auto kPersonWaits = std::chrono::minutes(1);

// One HAProxy in one round.
class Round {
 public:
  Round(Draft& draft, const World& world, const View& view, const std::vector<Done>& done)
      : draft_(draft),
        world_(world),
        view_(view),
        lifecycle_(draft, world),
        back_(draft, world, view, done) {
    for (const Done& each : done) {
      const bool subject = each.subject.kind != Subject::Kind::none;
      if (subject && each.sent) told_[each.subject.id] = &each;
    }
  }

  std::vector<Step> run() {
    back_.look();
    lose_servers();
    end_what_is_due();
    back_.settle();
    take_turns();
    fail_open(draft_, world_, view_);
    advance_rollouts(draft_, world_, view_, steps_);
    for (Step& each : plan(draft_, world_, view_)) steps_.push_back(std::move(each));
    back_.settle();
    bury();
    return std::move(steps_);
  }

 private:
  [[nodiscard]] std::vector<Book::Shelves::const_pointer> attended() const {
    return draft_.attended(view_.instance());
  }
  [[nodiscard]] const ServerState* row_of(const ServerRef& target) const {
    return view_.find({target.backend, target.server});
  }

  // --- servers that are gone ---

  void lose_servers() {
    std::vector<ServerRef> gone;
    for (const auto* server : attended()) {
      if (row_of(server->first) == nullptr) gone.push_back(server->first);
    }
    std::ranges::sort(gone);
    for (const ServerRef& target : gone) lose(target);
  }

  // What was wished of it waits for it to come back, and is admitted anew then.
  void lose(const ServerRef& target) {
    const Book::Shelf shelf = *draft_.book().shelf(target);
    // A process that has it again may begin with our value out of a state file.
    for (Hold hold : shelf.holds) {
      if (hold.epoch != view_.epoch() || hold.gone) continue;
      hold.gone = true;
      hold.returning = false;
      draft_.put(std::move(hold));
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
    for (const auto* server : attended()) {
      const ServerState* row = row_of(server->first);
      for (const Override* each : server->second.live) {
        if (each->phase != Phase::releasing && may_end(*each, row)) all.push_back(each);
      }
    }
    std::ranges::sort(all, {}, &Override::id);
    for (const Override* each : all) end_if_due(*each);
  }

  [[nodiscard]] bool may_end(const Override& override, const ServerState* row) const {
    return is_due(override, world_.now) || override.phase == Phase::pending ||
           override.value == Value{Setting::state, kReady} ||
           (row != nullptr && is_moved(override, view_, *row));
  }

  void end_if_due(const Override& override) {
    const ServerState* row = row_of(override.target);
    if (is_due(override, world_.now)) {
      const bool expired = override.end != End::resolved || override.hold_until > world_.now;
      return lifecycle_.end(override, expired ? End::expired : End::resolved,
                            expired ? "its lease ran out" : "its alert is resolved");
    }
    if (row == nullptr) return;
    if (is_moved(override, view_, *row)) {
      return lifecycle_.end(override, End::moved,
                            fmt::format("the slot has another address now: {}", address_of(*row)));
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
                                      : "it could not be told to HAProxy for more than a minute"});
  }

  // --- tombstones ---

  // A hold without overrides is kept for as long as a state file could bring our value back.
  void bury() {
    std::vector<Hold> changed;
    for (const auto* server : attended()) {
      const Book::Shelf& shelf = server->second;
      for (const Hold& hold : shelf.holds) {
        if (is_to_bury(hold, shelf, world_)) changed.push_back(hold);
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

  // A turn may end its own membership, and the one that it takes the place of, which has no turn.
  void take_turns() {
    std::vector<Membership> deciding;
    for (const auto& [id, each] : draft_.book().memberships()) {
      if (each.target.instance != view_.instance()) continue;
      if (draft_.book().membership_of(each.target) == &each) deciding.push_back(each);
    }
    for (const Membership& each : deciding) {
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
  ReadBack back_;
  std::map<std::string, const Done*> told_;  // by the id of a membership
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> reconcile(Draft& draft, const World& world, const View& view,
                            const std::vector<Done>& done) {
  return Round(draft, world, view, done).run();
}

}  // namespace steward::control
