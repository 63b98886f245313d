#include "steward/control/reconcile.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "steward/control/admission.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/joining.hpp"
#include "steward/control/parting.hpp"
#include "steward/control/records.hpp"
#include "steward/control/rolling.hpp"
#include "steward/control/settling.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

bool is_due(const Override& override, Time now) {
  if (override.phase == Phase::releasing) return false;
  return (override.expires && *override.expires <= now) ||
         (override.end == End::resolved && override.hold_until <= now);
}

// One HAProxy in one round.
class Round {
 public:
  Round(Draft& draft, const World& world, const View& view, const std::vector<Done>& done)
      : draft_(draft), world_(world), view_(view) {
    for (const Done& each : done) {
      if (each.membership.empty()) {
        done_[each.target][each.aspect] = &each;
      } else {
        told_[each.membership] = &each;
      }
    }
  }

  std::vector<Step> run() {
    end_what_is_due();
    readmit();
    try_pending();
    take_turns();
    raise_ramps(draft_, world_, view_);
    advance_rollouts(draft_, world_, view_, steps_);
    for (const ServerRef& target : busy()) settle(target);
    return std::move(steps_);
  }

 private:
  [[nodiscard]] const Book::Shelves& shelves() const {
    static const Book::Shelves none;
    const Book::Shelves* all = draft_.book().instance(view_.instance());
    return all == nullptr ? none : *all;
  }

  void end_what_is_due() {
    Book::Pointers due;
    for (const auto& [target, shelf] : shelves()) {
      for (const Override* each : shelf.live) {
        if (is_due(*each, world_.now)) due.push_back(each);
      }
    }
    for (const Override* each : due) end_due(*each);
  }

  void end_due(const Override& override) {
    const bool expired = override.end != End::resolved || override.hold_until > world_.now;
    Override changed = ended(override, expired ? End::expired : End::resolved, world_.now);
    changed.detail = expired ? "its lease ran out" : "its alert is resolved";
    if (changed.phase == Phase::released) {
      AuditRecord line = record_of("withdrawn", changed, world_.now);
      line.after.clear();
      draft_.record(std::move(line));
    }
    draft_.put(std::move(changed));
  }

  // What was admitted for another process of HAProxy, or long before HAProxy could be told, must
  // leave enough servers of those there are now. The older ones first.
  void readmit() {
    std::vector<Override> doubtful;
    for (const auto& [target, shelf] : shelves()) {
      if (view_.find({target.backend, target.server}) == nullptr) continue;
      for (const Override* each : shelf.live) {
        if (is_doubtful(*each, shelf)) doubtful.push_back(*each);
      }
    }
    if (doubtful.empty()) return;
    std::ranges::sort(doubtful, {}, &Override::id);
    for (Override each : doubtful) {
      each.admitted.reset();
      draft_.put(std::move(each));
    }
    Guards guards(draft_.book(), world_.policy.limits, std::nullopt, world_.now);
    for (const Override& each : doubtful) {
      if (const auto refusal = guards.check_floor(each, view_)) {
        defer(each, *refusal);
        continue;
      }
      guards.admit(each, view_);
      draft_.put(each);
    }
  }

  [[nodiscard]] bool is_doubtful(const Override& override, const Book::Shelf& shelf) const {
    if (!override.admitted || override.forced || override.phase == Phase::releasing) return false;
    const Hold* hold = shelf.find(aspect_of(override.value.setting));
    if (hold != nullptr) return hold->epoch != view_.epoch();
    return world_.now - *override.admitted > world_.policy.limits.stale;
  }

  void defer(const Override& override, const Refusal& refusal) {
    Override changed = override;
    changed.phase = Phase::pending;
    changed.admitted.reset();
    changed.guard = refusal.guard;
    changed.detail = refusal.detail;
    changed.attempts = 0;
    changed.next_attempt.reset();
    draft_.record(record_of("deferred", changed, world_.now));
    draft_.put(std::move(changed));
  }

  // In the order they came.
  void try_pending() {
    const Book::Pointers all = draft_.book().pending(view_.instance());
    std::optional<Guards> guards;
    for (const Override* each : all) {
      if (each->admitted || in_shadow(*each, world_.policy)) continue;
      if (!guards) guards.emplace(draft_.book(), world_.policy.limits, world_.paused, world_.now);
      judge(*each, *guards);
    }
  }

  void judge(const Override& wish, Guards& guards) {
    const Sight sight{&view_, {}};
    if (view_.find({wish.target.backend, wish.target.server}) == nullptr) {
      if (wish.guard == Guard::unknown_server) return;  // it was there, and may come back
      return reject(wish, {Guard::unknown_server, wish.target.instance + " has no such server"});
    }
    if (const auto invalid = why_invalid(wish, sight)) return reject(wish, *invalid);
    const Override verdict = judged(wish, guards, sight, world_.now);
    if (verdict.admitted) {
      AuditRecord line = record_of("admitted", verdict, world_.now);
      line.before = present(verdict, sight);
      draft_.record(std::move(line));
    } else if (verdict.guard != wish.guard) {
      draft_.record(record_of("deferred", verdict, world_.now));
    } else if (verdict.detail == wish.detail || verdict.guard == Guard::spacing) {
      return;  // nothing new
    }
    draft_.put(verdict);
  }

  void reject(const Override& wish, const Refusal& refusal) {
    Override changed = wish;
    changed.phase = Phase::rejected;
    changed.guard = refusal.guard;
    changed.detail = refusal.detail;
    changed.ended = world_.now;
    draft_.record(record_of("rejected", changed, world_.now));
    draft_.put(std::move(changed));
  }

  // Of the servers that come and go. A turn may end its own membership, not another's.
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

  // All that is not as it should be; at rest there is none, and a round costs a look at each.
  [[nodiscard]] std::vector<ServerRef> busy() const {
    std::vector<ServerRef> targets;
    for (const auto& [target, shelf] : shelves()) {
      if (!at_rest(shelf, view_.find({target.backend, target.server}))) targets.push_back(target);
    }
    std::ranges::sort(targets);
    return targets;
  }

  [[nodiscard]] bool at_rest(const Book::Shelf& shelf, const ServerState* server) const {
    const bool nothing_asked = std::ranges::all_of(shelf.live, [](const Override* each) {
      return each->phase == Phase::active || (each->phase == Phase::pending && !each->admitted);
    });
    if (server == nullptr) {
      return shelf.holds.empty() && std::ranges::none_of(shelf.live, [](const Override* each) {
               return each->admitted.has_value();
             });
    }
    return nothing_asked && std::ranges::all_of(shelf.holds, [&](const Hold& hold) {
             return hold.confirmed == Confirmed::yes && !hold.returning &&
                    hold.epoch == view_.epoch() && agrees(hold.ours, *server);
           });
  }

  void settle(const ServerRef& target) {
    static const DoneAspects nothing;
    const ServerState* server = view_.find({target.backend, target.server});
    if (server == nullptr) return wait_for(target);
    const auto done = done_.find(target);
    control::settle(draft_, world_, view_, *server, target,
                    done == done_.end() ? nothing : done->second, steps_);
  }

  // HAProxy has the server no more: what was wished of it waits for it to come back, and is
  // admitted anew then.
  void wait_for(const ServerRef& target) {
    const Book::Shelf shelf = *draft_.book().shelf(target);
    for (const Hold& hold : shelf.holds) draft_.drop_hold(target, hold.setting);
    for (const Override* each : shelf.live) {
      if (each->phase == Phase::pending && !each->admitted) continue;
      Override changed = *each;
      changed.detail = "HAProxy has no such server any more";
      if (changed.phase == Phase::releasing) {
        changed.phase = Phase::released;
        changed.ended = world_.now;
      } else {
        changed.phase = Phase::pending;
        changed.guard = Guard::unknown_server;
        changed.admitted.reset();
      }
      draft_.record(record_of("gone", changed, world_.now));
      draft_.put(std::move(changed));
    }
  }

  Draft& draft_;
  const World& world_;
  const View& view_;
  std::unordered_map<ServerRef, DoneAspects, ServerRefHash> done_;
  std::map<std::string, const Done*> told_;  // by the id of a membership
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> reconcile(Draft& draft, const World& world, const View& view,
                            const std::vector<Done>& done) {
  return Round(draft, world, view, done).run();
}

}  // namespace steward::control
