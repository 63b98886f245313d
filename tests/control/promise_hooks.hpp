// What the core says of itself, as far as the two promises have exceptions.
#pragma once

#include <algorithm>

#include "control/scene.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/gate.hpp"

namespace steward::control::test {

// Whether an admin forced what the step does: the floor is not asked of it.
inline bool is_forced(const Scene& scene, const Step& step) {
  const Book::Shelf* shelf = scene.book.shelf(step.target);
  return shelf != nullptr && std::ranges::any_of(shelf->live, [&](const Override* each) {
           return each->forced && each->phase != Phase::releasing &&
                  aspect_of(each->value.setting) == step.aspect;
         });
}

// Whether the step tells a new process what was in force in the one before. Then servers that the
// old one knew to be well still count for a while, if nothing has said otherwise since.
inline bool is_told_again(const Scene& scene, const Step& step) {
  constexpr Seconds kCarry = 30;
  if (scene.haproxy.clock - scene.haproxy.started > kCarry) return false;
  const auto& servers = scene.haproxy.backends.at(step.target.backend);
  const auto found = servers.find(step.target.server);
  return found != servers.end() && found->second.out_before;
}

// Whether the core says that it cannot tell whose the setting is. It is left as it is then.
inline bool is_unclear(const Scene& scene, const ServerRef& target, Setting setting) {
  const Book::Shelf* shelf = scene.book.shelf(target);
  const Hold* hold = shelf == nullptr ? nullptr : shelf->find(aspect_of(setting));
  return hold != nullptr && hold->unclear;
}

// Whether the core says that the floor keeps the setting from going back to its baseline.
inline bool is_return_held(const Scene& scene, const ServerRef& target, Setting setting) {
  const Book::Shelf* shelf = scene.book.shelf(target);
  if (shelf == nullptr) return false;
  const bool held = std::ranges::any_of(shelf->live, [&](const Override* each) {
    return each->phase == Phase::releasing && each->guard == Guard::min_available &&
           aspect_of(each->value.setting) == aspect_of(setting);
  });
  // Or what a file brought back, and nobody wishes.
  const Hold* hold = shelf->find(aspect_of(setting));
  if (held || hold == nullptr || hold->ours == hold->baseline) return held;
  const View view = scene.haproxy.view(scene.now);
  Gate gate(scene.book, scene.policy.limits, view, scene.now, false);
  return gate.check({{target.backend, target.server}, hold->baseline}).has_value();
}

}  // namespace steward::control::test
