#include "steward/control/taking_out.hpp"

#include <algorithm>
#include <utility>

#include "steward/control/admission.hpp"
#include "steward/control/lifecycle.hpp"

namespace steward::control {

tl::expected<std::string, Refusal> take_out(Draft& draft, const World& world, const Outage& outage,
                                            const Caller* caller) {
  Override wish;
  wish.id = world.new_id();
  wish.target = outage.target;
  wish.value = {Setting::state, kDrain};
  wish.origin.kind = outage.kind;
  wish.origin.part_of = outage.part_of;
  wish.origin.principal = outage.principal;
  wish.reason = outage.reason;
  wish.forced = outage.forced;
  wish.created = world.now;
  const Sight& sight = sight_of(world, outage.target.instance);
  if (auto invalid = why_invalid(wish, sight)) return tl::unexpected(*std::move(invalid));
  Guards guards(draft.book(), world.policy.limits, std::nullopt, world.now);
  draft.put(wish);
  Override verdict = judged(wish, guards, sight, world.now);
  draft.withdraw(verdict.id);
  if (verdict.guard != Guard::none) return refuse(verdict.guard, verdict.detail);
  Lifecycle(draft, world, caller).create(std::move(verdict), outage.reason);
  return wish.id;
}

void drain_to_maint(Draft& draft, const World& world, const std::string& override_id) {
  const Override* found = draft.book().find(override_id);
  if (found->value.level == kMaint) return;
  Lifecycle(draft, world).change_value(*found, {Setting::state, kMaint});
}

void bring_back(Draft& draft, const World& world, const std::string& override_id,
                const std::string& why) {
  const Override* found = draft.book().find(override_id);
  if (found == nullptr || !live(found->phase) || found->phase == Phase::releasing) return;
  Lifecycle(draft, world).end(*found, End::asked, why);
}

}  // namespace steward::control
