#include "steward/control/plan.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "steward/control/admission.hpp"
#include "steward/control/approach.hpp"
#include "steward/control/availability.hpp"
#include "steward/control/baseline.hpp"
#include "steward/control/effect.hpp"
#include "steward/control/gate.hpp"
#include "steward/control/guards.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/ramp.hpp"
#include "steward/control/records.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

// One setting of one server that is not as it should be.
struct Want {
  ServerRef target;
  const ServerState* row = nullptr;
  Setting aspect = Setting::state;
  Value aim;
  std::string cause{};  // the override that asks for it; empty: a return to the baseline
  bool again = false;
  bool waits = false;  // `cause` is not admitted yet
};

// A step that the gate let pass.
struct Passed {
  ServerRef target;
  const ServerState* row = nullptr;
  Value value;
  bool tightens = false;
};

// Whether the way from `now` to `aim` takes something: checks that a rule disables are judged like
// a drain.
bool takes_from(const Value& aim, const Value& now, const Override* cause) {
  const bool frozen =
      aim == Value{Setting::health, kFrozen} && cause != nullptr && cause->origin.from_alert();
  return frozen || stricter(aim, now);
}

bool freezes(const Value& value) {
  return value == Value{Setting::checks, kDisabled} || value == Value{Setting::health, kFrozen};
}

bool older(const Override* a, const Override* b) {
  return std::pair(!a->forced, a->id) < std::pair(!b->forced, b->id);
}

class Planning {
 public:
  Planning(Draft& draft, const World& world, const View& view)
      : draft_(draft),
        world_(world),
        view_(view),
        gate_(draft.book(), world.policy.limits, view, world.now, false),
        guards_(draft.book(), world.policy.limits, world.paused, world.now),
        lifecycle_(draft, world),
        approach_(draft, world, view) {}

  std::vector<Step> run() {
    advance_ramps();
    collect();
    for (const Want& each : loosening_) loosen(each);
    ask_guards();
    std::ranges::stable_sort(tightening_, {},
                             [](const Want& each) { return std::tie(each.cause, each.target); });
    for (Want& each : tightening_) tighten(each);
    return tell();
  }

 private:
  [[nodiscard]] std::vector<Book::Shelves::const_pointer> attended() const {
    return draft_.attended(view_.instance());
  }

  [[nodiscard]] const Book::Shelf* shelf(const ServerRef& target) const {
    return draft_.book().shelf(target);
  }

  // A ramp's value is that of now; one that the gate holds stays at the level before.
  void advance_ramps() {
    std::vector<std::pair<std::string, Value>> risen;
    for (const auto* server : attended()) {
      for (const Override* each : server->second.live) {
        if (!each->ramp || !counts(*each)) continue;
        Value next = each->value;
        next.level = level_at(*each->ramp, world_.now);
        if (next != each->value) risen.emplace_back(each->id, next);
      }
    }
    for (const auto& [id, next] : risen) {
      const Override* each = draft_.book().find(id);
      levels_.emplace(id, each->value);
      lifecycle_.change_value(*each, next);
    }
  }

  void collect() {
    for (const auto* server : attended()) {
      const auto& [target, shelf] = *server;
      const ServerState* row = view_.find({target.backend, target.server});
      if (row == nullptr || (shelf.live.empty() && is_idle(shelf, *row))) continue;
      if (approach_.may_let_agent_on(target, *row)) gate_.unsee({row->backend, row->name});
      for (const Setting aspect : kComposed) {
        collect(target, shelf, *row, aspect);
      }
    }
    std::ranges::sort(loosening_, {}, &Want::target);
  }

  static bool is_idle(const Book::Shelf& shelf, const ServerState& row) {
    return std::ranges::all_of(shelf.holds, [&](const Hold& hold) {
      return hold.confirmed == Confirmed::yes && agrees(hold.baseline, row);
    });
  }

  void collect(const ServerRef& target, const Book::Shelf& shelf, const ServerState& row,
               Setting aspect) {
    Book::Pointers wishes;
    for (const Override* each : shelf.live) {
      if (aspect_of(each->value.setting) == aspect && counts(*each)) wishes.push_back(each);
    }
    if (wishes.empty() && shelf.find(aspect) == nullptr) return;
    const Value aim = effect_of(&shelf, aspect, row);
    if (agrees(aim, row)) return;
    Want want{target, &row, aspect, aim};
    std::erase_if(wishes, [&](const Override* each) { return wanted(each->value, row) != aim; });
    const auto cause = std::ranges::min_element(wishes, older);
    const Override* found = cause == wishes.end() ? nullptr : *cause;
    if (found != nullptr) want.cause = found->id;
    want.again = std::ranges::any_of(wishes, [](const Override* each) { return each->again; });
    const bool takes = takes_from(aim, observe(aspect, row), found);
    (takes ? tightening_ : loosening_).push_back(std::move(want));
  }

  // --- loosening ---

  void loosen(const Want& want) {
    const auto next = approach_.next(want.target, *want.row, want.aim);
    if (!next || agrees(*next, *want.row)) return;
    pass(want.target, *want.row, *next, std::nullopt, false);
    gate_.loosen({want.row->backend, want.row->name}, *next);
  }

  void pass(const ServerRef& target, const ServerState& row, const Value& value,
            std::optional<OwnerKind> owner, bool tightens) {
    auto& values = passed_of_[target];
    if (std::ranges::find(values, value) == values.end()) {
      values.push_back(value);
      passed_.push_back({target, &row, value, tightens});
    }
    gate_.pass({{row.backend, row.name}, value, owner, false});
  }

  // --- tightening ---

  // Those that wait, and that no guard but the gate may hold.
  void ask_guards() {
    const Sight sight{&view_, {}};
    const Book::Pointers all = draft_.book().pending(view_.instance());
    for (const Override* each : all) {
      if (each->admitted || each->suspension.now || in_shadow(*each, world_.policy)) continue;
      const ServerState* row = view_.find({each->target.backend, each->target.server});
      if (row == nullptr) continue;
      if (const auto refusal = guards_.check_but_floors(*each, sight)) {
        lifecycle_.defer(*each, *refusal);
        continue;
      }
      tightening_.push_back(
          {each->target, row, aspect_of(each->value.setting), {}, each->id, false, true});
    }
  }

  void tighten(Want& want) {
    const Override* cause = want.cause.empty() ? nullptr : draft_.book().find(want.cause);
    const Value now = observe(want.aspect, *want.row);
    if (want.waits) {
      if (!still_may(*cause)) return;
      want.aim = effect_of(shelf(want.target), want.aspect, *want.row, cause);
      const bool more = !agrees(want.aim, *want.row) && takes_from(want.aim, now, cause);
      if (more && has_step(want)) return;  // one a round
    }
    if (agrees(want.aim, *want.row) || !takes_from(want.aim, now, cause)) {
      if (want.waits) admit_beside(want, *cause);
      return;
    }
    const Gate::Ask ask{{want.row->backend, want.row->name},
                        want.aim,
                        cause == nullptr ? std::nullopt : std::optional(cause->origin.kind),
                        want.again};
    const bool forced = cause != nullptr && cause->forced;
    if (const auto refusal = forced ? std::nullopt : gate_.check(ask)) {
      return hold(want, cause, now, *refusal);
    }
    if (want.waits) admit(*cause);
    if (!approach_.may_tell(want.target, want.aspect)) {
      gate_.pass(ask);  // it will be told again soon: nobody takes its place
      return;
    }
    pass(want.target, *want.row, want.aim, ask.owner, true);
  }

  // Guards that count admissions see those of this round.
  [[nodiscard]] bool still_may(const Override& cause) {
    const auto refusal = guards_.check_but_floors(cause, {&view_, {}});
    if (refusal) lifecycle_.defer(cause, *refusal);
    return !refusal;
  }

  [[nodiscard]] bool has_step(const Want& want) const {
    const auto found = passed_of_.find(want.target);
    return found != passed_of_.end() &&
           std::ranges::find(found->second, want.aspect, &Value::setting) != found->second.end();
  }

  // Nothing more is taken from the server now; but enough must stay wished into service.
  void admit_beside(const Want& want, const Override& cause) {
    const Gate::Ask ask{{want.row->backend, want.row->name},
                        strictest_of(cause, *want.row),
                        cause.origin.kind,
                        false};
    const auto refusal = cause.forced ? std::nullopt : gate_.check_wanted(ask);
    if (refusal) return lifecycle_.defer(cause, *refusal);
    admit(cause);
    gate_.unwant(ask);
  }

  void admit(const Override& cause) {
    guards_.count(cause, view_);
    const bool frozen = freezes(cause.value);
    lifecycle_.admit(cause);
    if (frozen) gate_.recount_wanted();  // what is down, and is not checked any more, stays down
  }

  // What is held waits like a new wish; but a ramp keeps its level, and while what was verified
  // before a restart still counts, what was in force then keeps its place.
  void hold(const Want& want, const Override* cause, const Value& now, const Refusal& refusal) {
    const Book::Pointers all = shelf(want.target)->live;
    for (const Override* each : all) {
      if (aspect_of(each->value.setting) != want.aspect) continue;
      if (cause == nullptr) {
        if (each->phase == Phase::releasing) lifecycle_.hold_back(*each, refusal);
        continue;
      }
      if (want.waits && each != cause) continue;  // the others have had their own say
      const bool mine = !each->suspension.now && each->phase != Phase::releasing && !each->forced &&
                        !agrees(each->value, *want.row) &&
                        takes_from(wanted(each->value, *want.row), now, each);
      if (!mine) continue;
      if (const auto level = levels_.find(each->id); level != levels_.end()) {
        lifecycle_.change_value(*each, level->second);
        lifecycle_.hold_back(*draft_.book().find(each->id), refusal);
      } else if (want.again && carries()) {
        lifecycle_.hold_back(*each, refusal);
      } else {
        lifecycle_.defer(*each, refusal);
      }
    }
    gate_.recount_wanted();
  }

  [[nodiscard]] bool carries() const {
    return draft_.book().witness(view_.instance()).carries(world_.now, world_.policy.limits);
  }

  // --- telling ---

  // On one server what tightens goes first: it must not serve for a moment in between.
  std::vector<Step> tell() {
    std::erase_if(passed_, [&](const Passed& each) { return is_outdated(each); });
    std::set<ServerRef> tightened;
    for (const Passed& each : passed_) {
      if (each.tightens) tightened.insert(each.target);
    }
    const auto rank = [&](const Passed& each) {
      return !tightened.contains(each.target) ? 0 : each.tightens ? 1 : 2;
    };
    std::ranges::stable_sort(passed_, {}, rank);
    approach_.tell_agents();
    for (const Passed& each : passed_) approach_.tell(each.target, *each.row, each.value);
    return approach_.take();
  }

  // A loosening step, and a wish that was admitted after it.
  [[nodiscard]] bool is_outdated(const Passed& each) const {
    if (each.tightens) return false;
    const Value aim = effect_of(shelf(each.target), each.value.setting, *each.row);
    return each.value.setting != Setting::health && stricter(aim, each.value);
  }

  Draft& draft_;
  const World& world_;
  const View& view_;
  Gate gate_;
  Guards guards_;
  const Lifecycle lifecycle_;
  Approach approach_;
  std::vector<Want> loosening_, tightening_;
  std::vector<Passed> passed_;
  std::unordered_map<ServerRef, std::vector<Value>, ServerRefHash> passed_of_;
  std::map<std::string, Value> levels_;  // of ramps, before this round
};

}  // namespace

namespace {

// Who asks for what is to be told; null: a return to the baseline.
const Override* cause_of(const Book::Shelf& shelf, const Hold& hold, const ServerState& row) {
  const Override* cause = nullptr;
  for (const Override* each : shelf.live) {
    const bool asks = counts(*each) && aspect_of(each->value.setting) == hold.setting &&
                      wanted(each->value, row) == hold.ours;
    if (asks && (cause == nullptr || older(each, cause))) cause = each;
  }
  return cause;
}

// Steps held against a later view.
class LaterLook {
 public:
  LaterLook(const Book& book, const World& world, const View& view)
      : book_(book), view_(view), gate_(book, world.policy.limits, view, world.now, false) {}

  // What loosens is told whatever happens; what tightens must not rely on it.
  void loosen(const Step& step) {
    const ServerState* row = row_of(step);
    const Hold* hold = hold_of(step);
    if (row == nullptr || hold == nullptr || !is_loosening(*hold, *row)) return;
    gate_.loosen({row->backend, row->name}, hold->ours);
  }

  // What is told for a membership or a rollout takes nothing out of service: that is a state.
  [[nodiscard]] bool may_leave(const Step& step) {
    const ServerState* row = row_of(step);
    const Hold* hold = hold_of(step);
    if (step.subject.kind != Subject::Kind::none || hold == nullptr || row == nullptr) return true;
    if (hold->epoch != view_.epoch()) return false;            // it was planned on another process
    if (step.seen && !agrees(*step.seen, *row)) return false;  // somebody else was there meanwhile
    const Override* cause = cause_of(*book_.shelf(step.target), *hold, *row);
    const Gate::Ask ask{{row->backend, row->name},
                        hold->ours,
                        cause == nullptr ? std::nullopt : std::optional(cause->origin.kind),
                        cause != nullptr && cause->again};
    if ((cause == nullptr || !cause->forced) && gate_.check(ask)) return false;
    gate_.pass(ask);
    return true;
  }

 private:
  [[nodiscard]] const ServerState* row_of(const Step& step) const {
    return view_.find({step.target.backend, step.target.server});
  }
  [[nodiscard]] const Hold* hold_of(const Step& step) const {
    const Book::Shelf* shelf = book_.shelf(step.target);
    return shelf == nullptr ? nullptr : shelf->find(step.aspect);
  }
  static bool is_loosening(const Hold& hold, const ServerState& row) {
    return stricter(observe(hold.setting, row), hold.ours);
  }

  const Book& book_;
  const View& view_;
  Gate gate_;
};

}  // namespace

std::vector<Step> still_safe(const Book& book, const World& world, const View& view,
                             const std::vector<Step>& steps) {
  LaterLook look(book, world, view);
  for (const Step& step : steps) look.loosen(step);
  std::vector<Step> safe;
  std::ranges::copy_if(steps, std::back_inserter(safe),
                       [&](const Step& step) { return look.may_leave(step); });
  return safe;
}

std::vector<Step> plan(Draft& draft, const World& world, const View& view) {
  return Planning(draft, world, view).run();
}

}  // namespace steward::control
