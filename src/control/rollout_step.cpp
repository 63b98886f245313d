#include "steward/control/rollout_step.hpp"

#include <algorithm>
#include <utility>

#include "steward/base/duration.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/membership_requests.hpp"
#include "steward/control/taking_out.hpp"

namespace steward::control {
namespace {

constexpr auto kCutAgain = std::chrono::seconds(1);

}  // namespace

void StepTurn::begin() {
  step_.idle = sight_.idle();
  if (step_.in.empty()) return take_old_out();
  for (const std::string& instance : rollout_.instances) {
    AddRequest request;
    request.instance = instance;
    request.backend = rollout_.backend;
    request.server = step_.in;
    request.address = step_.address;
    request.like = step_.out;
    request.options = rollout_.terms.options;
    request.timeout = rollout_.terms.health_timeout;
    request.reason = "rollout " + rollout_.id;
    request.rollout = rollout_.id;
    const auto added = add_server(draft_, world_, request, asker());
    if (!added) return fail(added.error().detail);
    step_.memberships.push_back(added->front().id);
  }
  enter(StepStage::adding);
}

void StepTurn::advance() {
  switch (step_.stage) {
    case StepStage::adding:
      return adding();
    case StepStage::draining:
      return draining();
    case StepStage::approval:
      return approval();
    case StepStage::returning:
      return returning();
    case StepStage::soaking:
      return soaking();
    case StepStage::removing:
      return removing();
    default:
      return undoing();
  }
}

Caller StepTurn::asker() const { return {{rollout_.principal, Role::admin, {}, {}}, {}, {}}; }

void StepTurn::enter(StepStage stage, std::string detail) {
  step_.stage = stage;
  step_.since = world_.now;
  step_.detail = std::move(detail);
  step_.held = Guard::none;
  step_.sessions.reset();
  Lifecycle(draft_, world_).step(rollout_, step_);
}

void StepTurn::adding() {
  bool all = true;
  for (const std::string& id : step_.memberships) {
    const Membership* each = draft_.book().membership(id);
    if (each == nullptr || !live(each->stage) || each->stage == Stage::undoing) {
      return fail(fmt::format("{} could not be added: {}", step_.in,
                              each == nullptr ? "it is not known any more" : each->detail));
    }
    all = all && each->stage == Stage::present;
    if (!all) step_.detail = each->detail;
  }
  if (all) take_old_out();
}

// All instances, or none: half a drain would be no step.
void StepTurn::take_old_out() {
  std::vector<std::string> ids;
  for (const std::string& instance : rollout_.instances) {
    auto id = take_out(draft_, world_, outage(instance, "rollout " + rollout_.id), nullptr);
    if (id) {
      ids.push_back(*std::move(id));
      continue;
    }
    for (const std::string& each : ids) draft_.unsay(each);
    if (step_.held == Guard::none) step_.since = world_.now;
    step_.held = id.error().guard;
    step_.detail =
        fmt::format("waits for a guard: {}: {}", to_string(step_.held), id.error().detail);
    if (overdue(rollout_.terms.drain_timeout)) fail(step_.detail);
    return;
  }
  step_.overrides = std::move(ids);
  enter(StepStage::draining);
}

void StepTurn::draining() {
  if (auto why = sight_.why_ended(); !why.empty()) return fail(why);
  const bool late = overdue(rollout_.terms.drain_timeout);
  if (!sight_.all_out()) {
    step_.detail.clear();
    return late ? fail("it could not be drained in time") : void();
  }
  const auto left = sight_.sessions();
  if (left == 0U) return rest_then(step_.in.empty() ? StepStage::approval : StepStage::soaking);
  step_.sessions = left;
  step_.detail = left ? fmt::format("{} sessions are left", *left) : "its sessions are not known";
  if (!late) return;
  if (!rollout_.terms.cut) return fail(step_.detail + " at the deadline");
  cut_sessions();
}

void StepTurn::cut_sessions() {
  for (const std::string& instance : rollout_.instances) {
    if (instance == view_.instance() && world_.now - step_.cut_at >= kCutAgain) return cut_here();
  }
}

void StepTurn::cut_here() {
  step_.cut_at = world_.now;
  orders_.push_back({at(view_.instance(), step_.out),
                     Setting::agent,
                     {{Verb::shutdown_sessions}},
                     true,
                     {Subject::Kind::rollout, rollout_.id}});
}

// In maintenance HAProxy begins its checks anew when it returns: what it was like before counts no
// more.
void StepTurn::rest_then(StepStage stage) {
  if (stage == StepStage::soaking) {
    step_.before_soak = sight_.answered();
    return enter(stage);
  }
  for (const std::string& id : step_.overrides) drain_to_maint(draft_, world_, id);
  enter(StepStage::approval, rollout_.terms.approval ? "somebody has to approve" : "");
}

void StepTurn::approval() {
  if (auto why = sight_.why_ended(); !why.empty()) return fail(why);
  // It may have been out for long, and be back because HAProxy was restarted: that is told again.
  const RolloutTerms& terms = rollout_.terms;
  const auto patience = terms.approval ? std::max(terms.health_timeout, terms.approval_timeout)
                                       : terms.health_timeout;
  if (!sight_.all_out()) {
    return overdue(patience) ? fail("it could not be put into maintenance") : void();
  }
  if (rollout_.terms.approval && !step_.approved) {
    if (overdue(rollout_.terms.approval_timeout)) fail("nobody approved it in time");
    return;
  }
  bring_old_back("rollout " + rollout_.id);
  enter(StepStage::returning);
}

void StepTurn::bring_old_back(const std::string& why) {
  for (const std::string& id : step_.overrides) bring_back(draft_, world_, id, why);
}

void StepTurn::returning() {
  const std::string missing =
      sight_.let_go() ? sight_.not_serving(step_.out) : "no check has passed yet";
  if (missing.empty()) {
    step_.before_soak = sight_.answered();
    return enter(StepStage::soaking);
  }
  step_.detail = missing;
  // While somebody else keeps it out, it is not the rollout that waits in vain.
  if (const std::string other = sight_.held_by_another(); !other.empty()) {
    step_.detail = other;
    step_.since = world_.now;
    return;
  }
  if (!overdue(rollout_.terms.health_timeout)) return;
  step_.stays_out = true;  // its checks see to that
  fail(missing);
}

// HAProxy may be reloading meanwhile: only what is known to be down is.
void StepTurn::soaking() {
  if (auto where = sight_.down_in(sight_.serving()); !where.empty()) {
    return fail_soaking(fmt::format("{} went down in {} while it soaked", sight_.serving(), where));
  }
  if (auto errors = sight_.too_many_errors(); !errors.empty()) return fail_soaking(errors);
  step_.detail = not_serving();
  if (step_.detail.empty() && overdue(rollout_.terms.soak)) return enter(StepStage::done);
  if (overdue(rollout_.terms.soak + rollout_.terms.health_timeout)) fail_soaking(step_.detail);
}

// There is nothing to go back to from a server that was cycled: it must not serve as it is.
void StepTurn::fail_soaking(const std::string& why) {
  if (step_.in.empty()) {
    step_.stays_out = true;
    step_.overrides.clear();
    for (const std::string& instance : rollout_.instances) {
      auto id = take_out(draft_, world_, outage(instance, why), nullptr);
      if (id) step_.overrides.push_back(*std::move(id));
    }
  }
  fail(step_.stays_out && !step_.overrides.empty() ? why + "; it is drained" : why);
}

void StepTurn::remove() {
  if (step_.in.empty()) return;
  for (const std::string& instance : rollout_.instances) {
    RemoveRequest request{instance,
                          rollout_.backend,
                          step_.out,
                          rollout_.terms.drain_timeout,
                          rollout_.terms.cut,
                          false,  // it is out already, so that no guard minds
                          "rollout " + rollout_.id,
                          rollout_.id};
    const auto removed = remove_server(draft_, world_, request, asker());
    if (!removed)
      return fail(fmt::format("{} is not removed: {}", step_.out, removed.error().detail));
    for (const Membership& each : *removed) step_.memberships.push_back(each.id);
  }
  enter(StepStage::removing);
}

void StepTurn::removing() {
  for (const std::string& id : step_.memberships) {
    const Membership* each = draft_.book().membership(id);
    if (each == nullptr || each->wish == Wish::present) continue;
    if (each->stage == Stage::failed || each->stage == Stage::yielded) {
      return fail(fmt::format("{} is not removed: {}; it stays drained", step_.out, each->detail));
    }
    step_.detail = each->detail;
    if (each->stage != Stage::absent && each->stage != Stage::ended) return;
  }
  bring_old_back("it was removed");
  enter(StepStage::done);
}

void StepTurn::undo() {
  if (step_.stays_out) return;
  if (step_.stage == StepStage::waiting) return enter(StepStage::undone);
  if (step_.in.empty() && step_.stage == StepStage::done) return;  // it was cycled, and serves
  const std::string why = step_.stage == StepStage::failed ? step_.detail : "";
  bring_old_back("rollout " + rollout_.id + " is undone");
  enter(StepStage::undoing, why);
}

void StepTurn::undoing() {
  if (auto missing = sight_.not_serving(step_.out); !missing.empty()) {
    if (overdue(rollout_.terms.health_timeout)) fail("it does not return: " + missing);
    return;
  }
  remove_new();
}

Outage StepTurn::outage(const std::string& instance, const std::string& why) const {
  return {at(instance, step_.out), rollout_.principal, why, OwnerKind::rollout, rollout_.id};
}

void StepTurn::wait_to_remove(const Refusal& refusal) {
  const std::string why = fmt::format("{} is not removed: {}", step_.in, refusal.detail);
  if (overdue(rollout_.terms.drain_timeout + rollout_.terms.health_timeout)) return fail(why);
  step_.detail = why;
}

void StepTurn::remove_new() {
  bool all_gone = true;
  for (const std::string& id : step_.memberships) {
    const Membership* each = draft_.book().membership(id);
    if (each == nullptr) continue;
    if (each->wish == Wish::absent && each->stage == Stage::failed) {
      return fail(fmt::format("{} is not removed: {}", step_.in, each->detail));
    }
    if (!live(each->stage) || each->stage == Stage::absent) continue;
    all_gone = false;
    const bool replaced = draft_.book().membership_of(each->target) != each;
    const bool going = each->wish == Wish::absent || each->stage == Stage::undoing;
    if (replaced || going) continue;
    if (!stands(each->stage)) {
      (void)end_membership(draft_, world_, *each, asker());
      continue;
    }
    RemoveRequest request{each->target.instance,
                          rollout_.backend,
                          step_.in,
                          rollout_.terms.drain_timeout,
                          true,
                          false,  // past no guard: what it replaced may not serve yet
                          "rollout " + rollout_.id + " is undone",
                          rollout_.id};
    const auto removed = remove_server(draft_, world_, request, asker());
    if (!removed) return wait_to_remove(removed.error());
    step_.memberships.push_back(removed->front().id);
    return;  // the list has changed: the rest at the next turn
  }
  if (all_gone) enter(StepStage::undone, step_.detail);
}

}  // namespace steward::control
