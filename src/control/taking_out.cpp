#include "steward/control/taking_out.hpp"

#include <algorithm>
#include <utility>

#include "steward/control/admission.hpp"
#include "steward/control/records.hpp"

namespace steward::control {

tl::expected<std::string, Refusal> take_out(Draft& draft, const World& world, const Outage& outage,
                                            const Caller* caller) {
  Override wish;
  wish.id = world.new_id();
  wish.target = outage.target;
  wish.value = {Setting::state, kDrain};
  wish.origin.manual = true;
  wish.origin.principal = outage.principal;
  wish.reason = outage.reason;
  wish.forced = outage.forced;
  wish.created = world.now;
  const Sight& sight = sight_of(world, outage.target.instance);
  if (auto invalid = why_invalid(wish, sight)) return tl::unexpected(*std::move(invalid));
  Guards guards(draft.book(), world.policy.limits, std::nullopt, world.now);
  draft.put(wish);
  Override verdict = judged(wish, guards, sight, world.now);
  if (verdict.guard != Guard::none) {
    draft.withdraw(verdict.id);
    return refuse(verdict.guard, verdict.detail);
  }
  AuditRecord line = record_of("created", verdict, world.now, caller);
  line.principal = outage.principal;
  line.before = present(verdict, sight);
  line.verdict = outage.reason;
  draft.record(std::move(line));
  draft.put(std::move(verdict));
  return wish.id;
}

bool serves_a_purpose(const Book& book, const Override& override) {
  const Membership* membership = book.membership_of(override.target);
  if (membership != nullptr && membership->override_id == override.id) return true;
  return std::ranges::any_of(book.rollouts(), [&](const auto& each) {
    const Rollout& rollout = each.second;
    return live(rollout.phase) && std::ranges::any_of(rollout.steps, [&](const RolloutStep& step) {
             return std::ranges::find(step.overrides, override.id) != step.overrides.end();
           });
  });
}

void deepen(Draft& draft, const std::string& override_id) {
  Override changed = *draft.book().find(override_id);
  if (changed.value.level == kMaint) return;
  changed.value.level = kMaint;
  changed.phase = Phase::pending;
  draft.put(std::move(changed));
}

void bring_back(Draft& draft, const World& world, const std::string& override_id,
                const std::string& why) {
  const Override* found = draft.book().find(override_id);
  if (found == nullptr || !live(found->phase) || found->phase == Phase::releasing) return;
  Override changed = ended(*found, End::asked, world.now);
  changed.ended_by = found->origin.principal;
  changed.detail = why;
  draft.record(record_of("releasing", changed, world.now));
  draft.put(std::move(changed));
}

}  // namespace steward::control
