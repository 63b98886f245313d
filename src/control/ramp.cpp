#include "steward/control/ramp.hpp"

#include <utility>

#include "steward/control/draft.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {
namespace {

bool climbs(const Override& override) {
  return override.ramp && override.admitted &&
         (override.phase == Phase::pending || override.phase == Phase::active);
}

}  // namespace

std::uint16_t level_at(const Ramp& ramp, Time now) {
  constexpr int kSteps = 20;
  const auto passed = now - ramp.begins;
  if (passed >= ramp.over) return ramp.to;
  const auto step = static_cast<int>(passed.count() < 0 ? 0 : passed * kSteps / ramp.over);
  return static_cast<std::uint16_t>(ramp.from + (int{ramp.to} - int{ramp.from}) * step / kSteps);
}

void raise_ramps(Draft& draft, const World& world, const View& view) {
  const Book::Shelves* shelves = draft.book().instance(view.instance());
  if (shelves == nullptr) return;
  std::vector<Override> risen;
  for (const auto& [target, shelf] : *shelves) {
    for (const Override* each : shelf.live) {
      if (!climbs(*each) || each->value.level == level_at(*each->ramp, world.now)) continue;
      risen.push_back(*each);
      risen.back().value.level = level_at(*each->ramp, world.now);
      risen.back().phase = Phase::pending;
    }
  }
  for (Override& each : risen) draft.put(std::move(each));
}

}  // namespace steward::control
