#include "steward/control/manual.hpp"

#include <algorithm>
#include <utility>

#include "steward/control/admission.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/intake.hpp"
#include "steward/control/records.hpp"
#include "steward/control/taking_out.hpp"
#include "steward/control/targets.hpp"

namespace steward::control {
namespace {

bool undoes(const Value& value) {
  if (value.setting == Setting::state) return value.level == kReady;
  if (value.setting == Setting::health) return value.level == kByChecks;
  return value.setting == Setting::checks && value.level == kEnabled;
}

class Acting {
 public:
  Acting(Draft& draft, const World& world, const Caller& caller)
      : draft_(draft), world_(world), caller_(caller) {}

  Report run(const std::vector<ManualAction>& actions) {
    for (; index_ < actions.size(); ++index_) act(actions[index_]);
    return std::move(report_);
  }

 private:
  void act(const ManualAction& action) {
    if (action.force && caller_.principal.role != Role::admin) {
      return refuse(action, std::nullopt,
                    {Guard::forbidden,
                     fmt::format("{} ({}) may not force; that needs admin", caller_.principal.name,
                                 to_string(caller_.principal.role))});
    }
    if (auto why = why_forbidden(caller_.principal, action_of(action.value), action.backend)) {
      return refuse(action, std::nullopt, {Guard::forbidden, *why});
    }
    const auto targets =
        find_targets({action.instance, action.backend, action.server, std::nullopt}, world_);
    if (!targets) {
      const bool unknown = targets.error().code == ErrorCode::not_found;
      return refuse(
          action, std::nullopt,
          {unknown ? Guard::unknown_server : Guard::invalid_value, targets.error().message});
    }
    for (const ServerRef& target : targets->unseen) {
      refuse(action, target,
             {Guard::unreachable, fmt::format("{} has not answered yet: {}", target.instance,
                                              sight_of(world_, target.instance).trouble)});
    }
    for (const ServerRef& target : targets->servers) hit(action, target);
  }

  void hit(const ManualAction& action, const ServerRef& target) {
    Override wish = wish_of(action, target);
    if (!undoes(action.value)) return want(action, std::move(wish));
    const std::size_t released = release_manual(target, wish.value.setting, End::asked);
    const Sight& sight = sight_of(world_, target.instance);
    const auto* server = sight.view->find({target.backend, target.server});
    if (wish.value.setting == Setting::state && !baseline_is_ready(target, *server)) {
      return want(action, std::move(wish));
    }
    if (released > 0) return tell_held(target, wish.value.setting);
    wish.id.clear();
    report_.outcomes.push_back(outcome_of(wish, Did::duplicate, index_));
    report_.outcomes.back().reason = "there is nothing to undo";
    tell_held(target, wish.value.setting);
  }

  [[nodiscard]] Override wish_of(const ManualAction& action, const ServerRef& target) const {
    Override wish;
    wish.id = world_.new_id();
    wish.target = target;
    wish.value = action.value;
    wish.origin.manual = true;
    wish.origin.principal = caller_.principal.name;
    wish.reason = action.reason;
    wish.forced = action.force;
    wish.return_safely = action.return_safely;
    wish.created = world_.now;
    // "ready" by default stays: going back to maintenance by itself would be the surprise.
    const auto lease = action.lease.value_or(usual_lease(action));
    if (action.ramp) {
      wish.ramp = Ramp{action.ramp->from, action.value.level, world_.now, action.ramp->over};
      wish.value.level = level_at(*wish.ramp, world_.now);
    }
    if (lease.count() > 0) wish.expires = world_.now + lease;
    return wish;
  }

  [[nodiscard]] std::chrono::milliseconds usual_lease(const ManualAction& action) const {
    constexpr std::uint16_t kWhole = 100;
    if (undoes(action.value)) return std::chrono::milliseconds(0);
    if (action.ramp && action.value.level == kWhole) return action.ramp->over;
    return world_.policy.manual_lease;
  }

  void want(const ManualAction& action, Override wish) {
    const Sight& sight = sight_of(world_, wish.target.instance);
    if (auto invalid = why_invalid(wish, sight)) return refuse(action, wish.target, *invalid);
    if (const Override* same = manual_on(wish.target, wish.value.setting);
        same != nullptr && same->value == wish.value && !same->ramp && !wish.ramp) {
      return renew(*same, wish);
    }
    Guards guards(draft_.book(), world_.policy.limits, std::nullopt, world_.now);
    if (world_.explain) guards.explain();
    draft_.put(wish);
    Override verdict = judged(wish, guards, sight, world_.now);
    if (verdict.guard != Guard::none) {
      draft_.withdraw(verdict.id);
      refuse(action, wish.target, {verdict.guard, verdict.detail});
      report_.outcomes.back().guards = guards.asked();
      return;
    }
    release_manual(wish.target, wish.value.setting, End::superseded, wish.id);
    AuditRecord line = record_of("created", verdict, world_.now, &caller_);
    line.before = present(verdict, sight);
    line.verdict = action.reason;
    draft_.record(std::move(line));
    report_.outcomes.push_back(outcome_of(verdict, Did::created, index_));
    report_.outcomes.back().guards = guards.asked();
    draft_.put(std::move(verdict));
  }

  void renew(const Override& same, const Override& wish) {
    Override changed = same;
    changed.expires = wish.expires;
    if (!wish.reason.empty()) changed.reason = wish.reason;
    draft_.record(record_of("renewed", changed, world_.now, &caller_));
    report_.outcomes.push_back(outcome_of(changed, Did::renewed, index_));
    draft_.put(std::move(changed));
  }

  void refuse(const ManualAction& action, const std::optional<ServerRef>& target,
              const Refusal& refusal) {
    Outcome outcome;
    outcome.index = index_;
    outcome.did = Did::rejected;
    outcome.target =
        target.value_or(ServerRef{action.instance.value_or(""), action.backend, action.server});
    outcome.value = action.value;
    outcome.guard = refusal.guard;
    outcome.reason = refusal.detail;
    AuditRecord line =
        record_of(refusal.guard == Guard::forbidden ? "denied" : "rejected", world_.now, caller_);
    line.target = to_string(*outcome.target);
    line.setting = to_string(action.value.setting);
    line.after = to_string(action.value);
    line.verdict = fmt::format("{}: {}", to_string(refusal.guard), refusal.detail);
    draft_.record(std::move(line));
    report_.outcomes.push_back(std::move(outcome));
  }

  // The one that is in force, or about to be.
  [[nodiscard]] const Override* manual_on(const ServerRef& target, Setting setting) const {
    const Book::Shelf* shelf = draft_.book().shelf(target);
    if (shelf == nullptr) return nullptr;
    const auto found = std::ranges::find_if(shelf->live, [&](const Override* each) {
      return each->origin.manual && each->phase != Phase::releasing &&
             aspect_of(each->value.setting) == aspect_of(setting) &&
             !serves_a_purpose(draft_.book(), *each);
    });
    return found == shelf->live.end() ? nullptr : *found;
  }

  std::size_t release_manual(const ServerRef& target, Setting setting, End end,
                             const std::string& except = {}) {
    const Book::Shelf* shelf = draft_.book().shelf(target);
    const Book::Pointers all = shelf == nullptr ? Book::Pointers() : shelf->live;
    std::size_t count = 0;
    for (const Override* each : all) {
      if (!each->origin.manual || each->phase == Phase::releasing || each->id == except ||
          aspect_of(each->value.setting) != aspect_of(setting)) {
        continue;
      }
      const bool superseded = end == End::superseded;
      if (superseded && serves_a_purpose(draft_.book(), *each)) continue;
      release(draft_, *each, end, world_, caller_,
              superseded ? "superseded by " + except : caller_.principal.name + " asked for it");
      if (!superseded) {
        report_.outcomes.push_back(
            outcome_of(*draft_.book().find(each->id), Did::released, index_));
      }
      ++count;
    }
    return count;
  }

  [[nodiscard]] bool baseline_is_ready(const ServerRef& target,
                                       const stats::ServerState& server) const {
    const Book::Shelf* shelf = draft_.book().shelf(target);
    const Hold* hold = shelf == nullptr ? nullptr : shelf->find(Setting::state);
    const Value baseline = hold == nullptr ? observe(Setting::state, server) : hold->baseline;
    return baseline.level == kReady;
  }

  // Says why a server is not free although all that is manual is undone.
  void tell_held(const ServerRef& target, Setting setting) {
    const Book::Shelf* shelf = draft_.book().shelf(target);
    if (shelf == nullptr) return;
    for (const Override* each : shelf->live) {
      if (each->origin.manual || each->phase == Phase::releasing || !each->admitted ||
          aspect_of(each->value.setting) != aspect_of(setting)) {
        continue;
      }
      report_.outcomes.back().reason = fmt::format(
          "rule {} still wants {} {}: release override {} to end that", each->origin.rule,
          to_string(each->value.setting), to_string(each->value), each->id);
    }
  }

  Draft& draft_;
  const World& world_;
  const Caller& caller_;
  Report report_;
  std::size_t index_ = 0;
};

}  // namespace

Report take(Draft& draft, const World& world, const std::vector<ManualAction>& actions,
            const Caller& caller) {
  return Acting(draft, world, caller).run(actions);
}

}  // namespace steward::control
