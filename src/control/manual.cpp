#include "steward/control/manual.hpp"

#include <algorithm>
#include <utility>

#include "steward/control/admission.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/baseline.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/records.hpp"
#include "steward/control/targets.hpp"

namespace steward::control {
namespace {

bool undoes(const Value& value) {
  if (value == kOwnWeight) return true;
  if (value.setting == Setting::state) return value.level == kReady;
  if (value.setting == Setting::health) return value.level == kByChecks;
  return value.setting == Setting::checks && value.level == kEnabled;
}

// Whether the rollout or the removal that owns it is still under way.
bool is_needed(const Book& book, const Override& override) {
  const std::string& id = override.origin.part_of;
  if (override.origin.kind == OwnerKind::rollout) {
    const Rollout* rollout = book.rollout(id);
    return rollout != nullptr && live(rollout->phase);
  }
  if (override.origin.kind != OwnerKind::membership) return false;
  const Membership* membership = book.membership(id);
  return membership != nullptr && live(membership->stage);
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
    const bool ended = undoes(action.value) && release_gone(action) > 0;
    const auto targets =
        find_targets({action.instance, action.backend, action.server, std::nullopt}, world_);
    if (!targets && ended) return;
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
    if (action.value == kAdopted) return adopt(action, target);
    Override wish = wish_of(action, target);
    if (!undoes(action.value)) return want(action, std::move(wish));
    const std::size_t released =
        release_permitted(target, wish.value.setting) + settle_unclear(target, wish.value.setting);
    const Sight& sight = sight_of(world_, target.instance);
    const auto* server = sight.view->find({target.backend, target.server});
    if (wish.value.setting == Setting::state && !baseline_is_ready(target, *server)) {
      return want(action, std::move(wish));
    }
    if (released == 0) {
      wish.id.clear();
      report_.outcomes.push_back(outcome_of(wish, Did::duplicate, index_));
      report_.outcomes.back().reason = "there is nothing to undo";
    }
    name_holders(target, wish.value.setting);
  }

  [[nodiscard]] Override wish_of(const ManualAction& action, const ServerRef& target) const {
    Override wish;
    wish.id = world_.new_id();
    wish.target = target;
    wish.value = action.value;
    wish.origin.kind = OwnerKind::person;
    wish.origin.principal = caller_.principal.name;
    wish.reason = action.reason;
    wish.forced = action.force;
    wish.return_safely = action.return_safely;
    wish.created = world_.now;
    wish.address = address_of(sight_of(world_, target.instance), target);
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
    const Override* own = own_on(wish.target, wish.value.setting);
    if (own != nullptr && own->value == wish.value && !own->ramp && !wish.ramp) {
      return renew(action, *own, wish);
    }
    // Another value never shortens what was asked for before, unless a lease is named.
    if (own != nullptr && !action.lease) {
      wish.expires =
          !own->expires || !wish.expires ? std::nullopt : std::max(wish.expires, own->expires);
    }
    Guards guards(draft_.book(), world_.policy.limits, std::nullopt, world_.now);
    if (world_.explain) guards.explain();
    draft_.put(wish);
    const auto few = guards.too_few_wanted(wish, sight);
    Override verdict = judged(wish, guards, sight, world_.now);
    draft_.withdraw(verdict.id);
    if (verdict.guard != Guard::none) {
      refuse(action, wish.target, {verdict.guard, verdict.detail});
      report_.outcomes.back().guards = guards.asked();
      return;
    }
    report_.outcomes.push_back(outcome_of(verdict, Did::created, index_));
    report_.outcomes.back().guards = guards.asked();
    if (few) report_.outcomes.back().reason = "too few are left: " + few->detail;
    const Lifecycle lifecycle(draft_, world_, &caller_);
    // What is less strict than before takes its place at once; what is stricter, when it is in
    // force.
    const auto* server = sight.view->find({wish.target.backend, wish.target.server});
    if (own != nullptr && !stricter(wanted(verdict.value, *server), wanted(own->value, *server))) {
      lifecycle.end(*own, End::superseded, "superseded by " + verdict.id);
    }
    lifecycle.create(std::move(verdict), action.reason);
    if (undoes(action.value)) name_holders(wish.target, wish.value.setting);
  }

  // The same again: its lease stays, unless one is named.
  void renew(const ManualAction& action, const Override& own, const Override& wish) {
    Override changed = own;
    std::string said = fmt::format("its lease stays: {}", lease_text(own.expires));
    if (action.lease && wish.expires != own.expires) {
      changed.expires = wish.expires;
      said = fmt::format("lease changed from {} to {}", end_text(own.expires),
                         end_text(changed.expires));
    }
    if (!wish.reason.empty()) changed.reason = wish.reason;
    changed.forced = changed.forced || wish.forced;
    report_.outcomes.push_back(outcome_of(changed, Did::renewed, index_));
    report_.outcomes.back().reason = said;
    Lifecycle(draft_, world_, &caller_).renew(std::move(changed), said);
  }

  static std::string end_text(const std::optional<Time>& expires) {
    return expires ? format_time(*expires) : "unlimited";
  }
  static std::string lease_text(const std::optional<Time>& expires) {
    return expires ? "until " + format_time(*expires) : "until it is released";
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
    AuditRecord line = record_of(
        refusal.guard == Guard::forbidden ? Event::denied : Event::rejected, world_.now, caller_);
    line.target = to_string(*outcome.target);
    line.setting = to_string(action.value.setting);
    line.after = to_string(action.value);
    line.verdict = fmt::format("{}: {}", to_string(refusal.guard), refusal.detail);
    draft_.record(std::move(line));
    report_.outcomes.push_back(std::move(outcome));
  }

  // The caller's own override of the setting.
  [[nodiscard]] const Override* own_on(const ServerRef& target, Setting setting) const {
    const Override* newest = nullptr;
    for (const Override* each : about(target, setting)) {
      const bool own = each->origin.kind == OwnerKind::person &&
                       each->origin.principal == caller_.principal.name;
      if (own) newest = each;
    }
    return newest;
  }

  // Those of the setting that have not begun to end.
  [[nodiscard]] Book::Pointers about(const ServerRef& target, Setting setting) const {
    Book::Pointers all;
    const Book::Shelf* shelf = draft_.book().shelf(target);
    for (const Override* each : shelf == nullptr ? Book::Pointers() : shelf->live) {
      const bool same = aspect_of(each->value.setting) == aspect_of(setting);
      if (same && each->phase != Phase::releasing) all.push_back(each);
    }
    return all;
  }

  // Whose a setting is, HAProxy did not tell: the caller says that it is to be as configured.
  std::size_t settle_unclear(const ServerRef& target, Setting setting) {
    const Book::Shelf* shelf = draft_.book().shelf(target);
    const Hold* hold = shelf == nullptr ? nullptr : shelf->find(aspect_of(setting));
    if (hold == nullptr || !hold->unclear) return 0;
    const View& view = *sight_of(world_, target.instance).view;
    const auto* server = view.find({target.backend, target.server});
    const Value own = hold->setting == Setting::state ? Value{Setting::state, kReady}
                                                      : configured(hold->setting, *server);
    settle(*hold, own, "it goes back to " + to_string(own));
    return 1;
  }

  // The caller says that what is unclear about the server is to stay as it is.
  void adopt(const ManualAction& action, const ServerRef& target) {
    const Book::Shelf* shelf = draft_.book().shelf(target);
    std::vector<Hold> unclear = shelf == nullptr ? std::vector<Hold>() : shelf->holds;
    std::erase_if(unclear, [](const Hold& hold) { return !hold.unclear; });
    for (const Hold& hold : unclear) settle(hold, hold.baseline, "it stays");
    if (!unclear.empty()) return;
    report_.outcomes.push_back(outcome_of(wish_of(action, target), Did::duplicate, index_));
    report_.outcomes.back().override_id.clear();
    report_.outcomes.back().reason = "nothing about it is unclear";
  }

  void settle(const Hold& hold, const Value& baseline, std::string_view verdict) {
    AuditRecord line = record_of(Event::settled, world_.now, caller_);
    line.target = to_string(hold.target);
    line.setting = to_string(hold.setting);
    line.before = to_string(hold.baseline);
    line.after = to_string(baseline);
    line.verdict = fmt::format("it was unclear whose it was; {}", verdict);
    Override said;
    said.target = hold.target;
    said.value = baseline;
    report_.outcomes.push_back(outcome_of(said, Did::settled, index_));
    report_.outcomes.back().reason = line.verdict;
    draft_.record(std::move(line));
    Hold settled = hold;
    settled.unclear = false;
    settled.doubtful.clear();
    settled.baseline = baseline;
    settled.by = Provenance::person;
    note(settled, settled.ours);  // it stands on that from now on
    draft_.put(std::move(settled));
  }

  // Ends the caller's own, and those of others that the caller could release one by one.
  std::size_t release_permitted(const ServerRef& target, Setting setting) {
    std::size_t count = 0;
    for (const Override* each : about(target, setting)) {
      if (!live(each->phase) || each->phase == Phase::releasing) continue;  // with one before
      if (!may_release(draft_.book(), *each, caller_.principal)) continue;
      const std::string id = each->id;
      Lifecycle(draft_, world_, &caller_)
          .end(*each, End::asked, caller_.principal.name + " asked for it");
      report_.outcomes.push_back(outcome_of(*draft_.book().find(id), Did::released, index_));
      ++count;
    }
    return count;
  }

  // The same where there is no such server any more: what was wished waits for its return.
  std::size_t release_gone(const ManualAction& action) {
    std::size_t count = 0;
    for (const auto& [instance, sight] : world_.sights) {
      const bool meant = !action.instance || *action.instance == instance;
      if (!meant || sight.view == nullptr) continue;
      if (sight.view->find({action.backend, action.server}) != nullptr) continue;
      const ServerRef target{instance, action.backend, action.server};
      count += release_permitted(target, action.value.setting);
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

  // Says what still keeps the server from it: owner, value, lease, and whether it is in force.
  void name_holders(const ServerRef& target, Setting setting) {
    std::string text;
    for (const Override* each : about(target, setting)) {
      if (each->value == Value{Setting::state, kReady}) continue;
      text += fmt::format("{}{} still wants {} {} ({}, {}): {}", text.empty() ? "" : "; ",
                          owner_of(*each), to_string(each->value.setting), to_string(each->value),
                          lease_text(each->expires),
                          each->suspension.now ? "suspended"
                          : counts(*each)      ? "in force"
                                               : "held",
                          how_to_end(*each));
    }
    if (!text.empty()) report_.outcomes.back().reason = std::move(text);
  }

  [[nodiscard]] std::string how_to_end(const Override& override) const {
    if (!is_needed(draft_.book(), override)) {
      return fmt::format("release override {} to end that", override.id);
    }
    switch (override.origin.kind) {
      case OwnerKind::rollout:
        return fmt::format("abort rollout {}", override.origin.part_of);
      case OwnerKind::membership:
        return fmt::format("end membership {}", override.origin.part_of);
      default:
        return fmt::format("release override {} to end that", override.id);
    }
  }

  Draft& draft_;
  const World& world_;
  const Caller& caller_;
  Report report_;
  std::size_t index_ = 0;
};

}  // namespace

// A rollout's and a removal's end with what they are for.
bool may_release(const Book& book, const Override& override, const Principal& principal) {
  return !is_needed(book, override) && !why_not_release(override, principal);
}

std::optional<std::string> why_not_release(const Override& override, const Principal& principal) {
  const Origin& origin = override.origin;
  const Action action = origin.kind == OwnerKind::rollout      ? Action::rollout
                        : origin.kind == OwnerKind::membership ? Action::remove
                                                               : action_of(override.value);
  return why_forbidden(principal, action, override.target.backend, origin.from_alert());
}

Report take(Draft& draft, const World& world, const std::vector<ManualAction>& actions,
            const Caller& caller) {
  return Acting(draft, world, caller).run(actions);
}

}  // namespace steward::control
