#include "steward/control/intake.hpp"

#include <algorithm>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/control/admission.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/manual.hpp"
#include "steward/control/recent.hpp"
#include "steward/control/records.hpp"
#include "steward/control/targets.hpp"

namespace steward::control {
namespace {

// The latest override that this very alert made about this setting of this server.
const Override* latest(const Book& book, const std::string& fingerprint, const ServerRef& target,
                       Setting aspect) {
  const auto& all = book.of_alert(fingerprint);
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const Override* each) {
    return each->target == target && aspect_of(each->value.setting) == aspect;
  });
  return found == all.rend() ? nullptr : *found;
}

// Rule by rule, up to the one that matches.
std::vector<RuleVerdict> verdicts(const std::vector<Rule>& rules, const Labels& labels) {
  std::vector<RuleVerdict> all;
  for (const Rule& rule : rules) {
    const auto missed = std::ranges::find_if(
        rule.match, [&](const Matcher& matcher) { return !matcher.matches(labels); });
    all.push_back({rule.name, missed == rule.match.end() ? "" : missed->text()});
    if (missed == rule.match.end()) break;
  }
  return all;
}

// One delivery on its way through.
class Taking {
 public:
  Taking(Draft& draft, const World& world, const Delivery& delivery, const Caller& caller)
      : draft_(draft), world_(world), delivery_(delivery), caller_(caller) {}

  Report run() {
    for (index_ = 0; index_ < delivery_.alerts.size(); ++index_) {
      const Alert& alert = delivery_.alerts[index_];
      alert.firing ? fire(alert) : resolve(alert);
    }
    judge();
    if (world_.explain) explain();
    report_.truncated = delivery_.truncated;
    return std::move(report_);
  }

 private:
  void explain() {
    for (Outcome& outcome : report_.outcomes) {
      const Alert& alert = delivery_.alerts[outcome.index];
      if (alert.firing) outcome.rules = verdicts(world_.policy.rules, alert.labels);
    }
  }

  [[nodiscard]] Lifecycle lifecycle() const { return {draft_, world_, &caller_}; }

  Outcome& say(const Alert& alert, Did did, Guard guard, std::string reason) {
    Outcome outcome;
    outcome.alert = alert.fingerprint;
    outcome.index = index_;
    outcome.did = did;
    outcome.guard = guard;
    outcome.reason = std::move(reason);
    report_.outcomes.push_back(std::move(outcome));
    return report_.outcomes.back();
  }

  void resolve(const Alert& alert) {
    const Book::Pointers all = draft_.book().of_alert(alert.fingerprint);  // they change
    bool known = false;
    for (const Override* each : all) {
      known = true;
      if (!live(each->phase)) continue;
      // Who brought the alert may say that it is over, whatever its rule has become.
      const bool own = each->origin.principal == caller_.principal.name;
      const auto why = own ? std::nullopt : why_not_release(*each, caller_.principal);
      if (why) {
        refuse(alert, Guard::forbidden, *why, each->origin.rule);
        continue;
      }
      if (each->phase != Phase::releasing) let_go(*each);
      report_.outcomes.push_back(outcome_of(*draft_.book().find(each->id), Did::released, index_));
    }
    const bool any = !report_.outcomes.empty() && report_.outcomes.back().index == index_ &&
                     report_.outcomes.back().alert == alert.fingerprint;
    if (any) return;
    say(alert, known ? Did::duplicate : Did::ignored, Guard::none,
        known ? "its overrides ended before" : "no override is this alert's");
  }

  // An override that the guards have not judged yet.
  struct Held {
    std::size_t index;
    std::string id;
    Mode mode;
    Did did;  // created, or deferred before
  };

  // At once, or when it has been held for long enough.
  void let_go(const Override& override) {
    Override heard = override;
    heard.origin.heard = world_.now;
    if (!override.admitted || override.hold_until <= world_.now) {
      return lifecycle().end(heard, End::resolved, "its alert is resolved");
    }
    if (override.end != End::resolved) lifecycle().resolve_later(heard);
  }

  void fire(const Alert& alert) {
    if (!world_.policy.rules.empty()) {
      const Rule* rule = find_rule(world_.policy.rules, alert.labels);
      if (rule == nullptr) {
        say(alert, Did::ignored, Guard::none, "no rule matches");
        return;
      }
      return aim(alert, *rule, target_of(*rule, alert.labels), true);
    }
    const auto wish = wish_of_labels(alert.labels);
    if (!wish) return refuse(alert, Guard::invalid_value, wish.error().message, {});
    if (!*wish) {
      say(alert, Did::ignored, Guard::none,
          "no rules are configured, and it has no label haproxy_action");
      return;
    }
    aim(alert, (*wish)->rule, (*wish)->target, false);
  }

  void refuse(const Alert& alert, Guard guard, const std::string& reason, const std::string& rule) {
    say(alert, Did::rejected, guard, reason).rule = rule;
    AuditRecord line = record_of(Event::rejected, world_.now, caller_);
    line.alert = alert.fingerprint;
    line.rule = rule;
    line.verdict = fmt::format("{}: {}", to_string(guard), reason);
    draft_.record(std::move(line));
  }

  void aim(const Alert& alert, const Rule& rule, const Result<TargetSpec>& spec, bool by_rule) {
    const auto targets =
        spec ? find_targets(*spec, world_) : Result<Targets>(tl::unexpected(spec.error()));
    if (!targets) {
      const bool unknown = targets.error().code == ErrorCode::not_found;
      return refuse(alert, unknown ? Guard::unknown_server : Guard::invalid_value,
                    targets.error().message, rule.name);
    }
    for (const auto* servers : {&targets->servers, &targets->unseen}) {
      for (const ServerRef& target : *servers) hit(alert, rule, target, by_rule);
    }
  }

  void hit(const Alert& alert, const Rule& rule, const ServerRef& target, bool by_rule) {
    if (auto why = why_forbidden(caller_.principal, action_of(rule.set), target.backend, by_rule)) {
      extend(alert.fingerprint, target, world_.now + rule.lease, false);
      return refuse(alert, Guard::forbidden, *why, rule.name);
    }
    end_what_is_shadowed(alert, rule, target);
    const Override* before =
        latest(draft_.book(), alert.fingerprint, target, aspect_of(rule.set.setting));
    if (before != nullptr && is_anothers(*before, rule)) {
      // What is in force stays until the new value is.
      if (waits(*before)) {
        lifecycle().end(*before, End::rule,
                        fmt::format("rule {} says now what the alert does", rule.name));
      }
    } else if (before != nullptr && again(alert, rule, *before)) {
      return;
    }
    extend(alert.fingerprint, target, world_.now + rule.lease, true);
    create(alert, rule, target);
  }

  // A rule in shadow mode ends what it did before, and, as it comes first, what those after it did.
  void end_what_is_shadowed(const Alert& alert, const Rule& rule, const ServerRef& target) {
    if (mode_of(rule, world_.policy) != Mode::shadow) return;
    const Book::Pointers all = draft_.book().of_alert(alert.fingerprint);
    for (const Override* each : all) {
      if (!(each->target == target) || !is_standing(*each)) continue;
      const bool own = each->origin.rule == rule.name;
      lifecycle().end(
          *each, End::rule,
          fmt::format("rule {} {} in shadow mode", rule.name, own ? "is" : "comes first,"));
    }
  }

  // Of a rule that does not match the alert any more, or comes after this one.
  static bool is_anothers(const Override& override, const Rule& rule) {
    return is_standing(override) && override.origin.rule != rule.name;
  }
  static bool is_standing(const Override& override) {
    return live(override.phase) && override.phase != Phase::releasing;
  }

  // Whether a delivery that says that the alert fires may be older than the one that resolved it:
  // Alertmanagers of a cluster do not wait for each other.
  [[nodiscard]] bool may_have_crossed(const Override& resolved) const {
    return resolved.origin.heard && recent(*resolved.origin.heard, world_.now, limits::kCrossed);
  }

  // The alert is known here: true if that settles it.
  bool again(const Alert& alert, const Rule& rule, const Override& before) {
    // Alertmanagers of a cluster may know an earlier start of the same firing.
    const bool same_start = alert.starts_at <= before.origin.starts_at;
    if (before.phase == Phase::pending || before.phase == Phase::active) {
      if (before.end != End::resolved || !same_start || !may_have_crossed(before)) {
        return renew(alert, rule, before);
      }
      return settle(before, Did::duplicate, "it was resolved; this is an older delivery");
    }
    if (!same_start) return false;
    if (before.phase == Phase::yielded) return ignore(before, before.detail);
    if (before.end == End::asked) {
      return ignore(before, fmt::format("{} released it", before.ended_by));
    }
    if (before.end != End::resolved || !may_have_crossed(before)) return false;
    return settle(before, Did::duplicate, "it was resolved; this is an older delivery");
  }

  bool settle(const Override& before, Did did, std::string reason) {
    report_.outcomes.push_back(outcome_of(before, did, index_));
    report_.outcomes.back().reason = std::move(reason);
    return true;
  }

  // It is remembered for as long as the alert repeats; that is written down now and then.
  bool ignore(const Override& before, std::string reason) {
    constexpr auto kOften = std::chrono::hours(1);
    const std::string id = before.id;
    if (!before.origin.heard || !recent(*before.origin.heard, world_.now, kOften)) {
      Override heard = before;
      heard.origin.heard = world_.now;
      draft_.put(std::move(heard));
    }
    return settle(*draft_.book().find(id), Did::ignored, std::move(reason));
  }

  bool renew(const Alert& alert, const Rule& rule, const Override& before) {
    extend(alert.fingerprint, before.target, world_.now + rule.lease, true);
    Override changed = before;
    changed.origin.starts_at = std::max(before.origin.starts_at, alert.starts_at);
    changed.origin.heard = world_.now;
    std::string id = changed.id;
    lifecycle().renew(std::move(changed));
    const Override& renewed = *draft_.book().find(id);
    if (renewed.value != rule.set && !renewed.ramp) id = lifecycle().rederive(renewed, rule);
    if (waits(*draft_.book().find(id))) {
      held_.push_back({index_, id, mode_of(rule, world_.policy), Did::deferred});
    } else {
      report_.outcomes.push_back(outcome_of(*draft_.book().find(id), Did::renewed, index_));
    }
    return true;
  }

  // Gives all that the alert has on the server a new lease; `anew`: also what it had resolved.
  void extend(const std::string& fingerprint, const ServerRef& target, Time expires, bool anew) {
    const Book::Pointers all = draft_.book().of_alert(fingerprint);
    for (const Override* each : all) {
      const bool lives = each->target == target && live(each->phase) &&
                         each->phase != Phase::releasing && (anew || each->end == End::none);
      if (!lives) continue;
      Override changed = *each;
      changed.expires = expires;
      if (changed.end == End::resolved) {
        changed.end = End::none;
        changed.detail.clear();
      }
      draft_.put(std::move(changed));
    }
  }

  void create(const Alert& alert, const Rule& rule, const ServerRef& target) {
    Override wish;
    wish.id = world_.new_id();
    wish.target = target;
    wish.value = rule.set;
    wish.origin = {OwnerKind::alert,    caller_.principal.name, rule.name,       alert.fingerprint,
                   delivery_.group_key, delivery_.receiver,     alert.starts_at, {},
                   world_.now};
    wish.address = address_of(sight_of(world_, target.instance), target);
    wish.return_safely = rule.return_safely;
    wish.created = world_.now;
    wish.expires = world_.now + rule.lease;
    wish.hold_until = world_.now + rule.min_hold;
    if (const auto invalid = why_invalid(wish, sight_of(world_, target.instance))) {
      extend(alert.fingerprint, target, world_.now + rule.lease, false);
      return refuse(alert, invalid->guard, invalid->detail, rule.name);
    }
    if (draft_.book().live_count() >= limits::kLiveOverrides) {
      return refuse(
          alert, Guard::rate,
          fmt::format("{} overrides live already, no more are taken", limits::kLiveOverrides),
          rule.name);
    }
    held_.push_back({index_, wish.id, mode_of(rule, world_.policy), Did::created});
    draft_.put(std::move(wish));
  }

  // What is enforced comes first: shadows must not take its place.
  void judge() {
    std::stable_partition(held_.begin(), held_.end(),
                          [](const Held& held) { return held.mode != Mode::shadow; });
    Guards guards(draft_.book(), world_.policy.limits, world_.paused, world_.now);
    if (world_.explain) guards.explain();
    for (const Held& held : held_) {
      const Override* wish = draft_.book().find(held.id);
      if (wish == nullptr) continue;
      if (wish->admitted || !live(wish->phase)) {  // the delivery says more of this alert
        const Did did = live(wish->phase) ? Did::duplicate : Did::released;
        report_.outcomes.push_back(outcome_of(*wish, did, held.index));
        continue;
      }
      judge(held, *wish, guards);
    }
    for (const Held& held : held_) {
      if (held.mode == Mode::shadow) draft_.withdraw(held.id);
    }
    std::ranges::stable_sort(report_.outcomes, {}, &Outcome::index);
  }

  void judge(const Held& held, const Override& wish, Guards& guards) {
    const bool suspended = wish.suspension.now;
    const Override verdict =
        suspended ? wish : judged(wish, guards, sight_of(world_, wish.target.instance), world_.now);
    const bool shadow = held.mode == Mode::shadow;
    Outcome outcome =
        outcome_of(verdict, verdict.admitted ? Did::created : Did::deferred, held.index);
    outcome.mode = held.mode;
    if (!suspended) outcome.guards = guards.asked();
    if (shadow) outcome.override_id.clear();
    report_.outcomes.push_back(std::move(outcome));
    if (shadow) return lifecycle().shadow(verdict);
    if (held.did == Did::created) return lifecycle().create(verdict);
    if (verdict.admitted) return lifecycle().admit(wish);
    lifecycle().defer(wish, {verdict.guard, verdict.detail});
  }

  Draft& draft_;
  const World& world_;
  const Delivery& delivery_;
  const Caller& caller_;
  Report report_;
  std::vector<Held> held_;
  std::size_t index_ = 0;
};

}  // namespace

Report take(Draft& draft, const World& world, const Delivery& delivery, const Caller& caller) {
  return Taking(draft, world, delivery, caller).run();
}

void release(Draft& draft, const Override& override, End end, const World& world,
             const Caller& caller, const std::string& why) {
  Lifecycle(draft, world, &caller).end(override, end, why);
}

}  // namespace steward::control
