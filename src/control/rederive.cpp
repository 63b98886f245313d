#include "steward/control/rederive.hpp"

#include <algorithm>

#include "steward/control/admission.hpp"
#include "steward/control/lifecycle.hpp"

namespace steward::control {
namespace {

// Whether the same alert wishes something else of the server already.
bool has_newer(const Book& book, const Override& override) {
  return std::ranges::any_of(book.shelf(override.target)->live, [&](const Override* each) {
    return each->id > override.id && each->origin.fingerprint == override.origin.fingerprint &&
           each->phase != Phase::releasing;
  });
}

// Ends what its rule does not want any more, and judges anew what it wants otherwise: what is in
// force stays until that is.
void rederive(Draft& draft, const World& world, const Override& override) {
  const Lifecycle lifecycle(draft, world);
  const std::string& name = override.origin.rule;
  const auto& rules = world.policy.rules;
  const auto rule = std::ranges::find(rules, name, &Rule::name);
  const bool by_labels = name == kLabelRule && rules.empty();
  if (in_shadow(override, world.policy)) {
    return lifecycle.end(override, End::rule, fmt::format("rule {} is in shadow mode", name));
  }
  if (rule == rules.end()) {
    return by_labels ? void()
                     : lifecycle.end(override, End::rule, fmt::format("rule {} is gone", name));
  }
  const bool changed = rule->set != override.value && !override.ramp;
  if (changed && !has_newer(draft.book(), override)) lifecycle.rederive(override, *rule);
}

}  // namespace

void rederive(Draft& draft, const World& world) {
  Book::Pointers all;
  for (const auto& [name, sight] : world.sights) {
    for (const auto& [target, shelf] : draft.book().shelves(name)) {
      for (const Override* each : shelf.live) {
        if (each->origin.from_alert() && each->phase != Phase::releasing) all.push_back(each);
      }
    }
  }
  std::ranges::sort(all, {}, &Override::id);
  for (const Override* each : all) rederive(draft, world, *each);
}

}  // namespace steward::control
