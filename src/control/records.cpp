#include "steward/control/records.hpp"

#include <utility>

#include "steward/control/aspect.hpp"

namespace steward::control {

AuditRecord record_of(std::string_view event, Time now, const Caller& caller) {
  AuditRecord line;
  line.time = now;
  line.event = event;
  line.request = caller.request;
  line.principal = caller.principal.name;
  line.source = caller.source;
  return line;
}

AuditRecord record_of(std::string_view event, const Override& override, Time now,
                      const Caller* caller) {
  AuditRecord line = caller == nullptr ? AuditRecord{} : record_of(event, now, *caller);
  line.time = now;
  line.event = event;
  line.rule = override.origin.rule;
  line.alert = override.origin.fingerprint;
  line.override_id = override.id;
  line.target = to_string(override.target);
  line.setting = to_string(override.value.setting);
  line.after = to_string(override.value);
  line.verdict = override.guard == Guard::none
                     ? override.detail
                     : fmt::format("{}: {}", to_string(override.guard), override.detail);
  return line;
}

std::string present(const Override& override, const Sight& sight) {
  if (sight.view == nullptr) return {};
  const auto* server = sight.view->find({override.target.backend, override.target.server});
  return server == nullptr ? std::string() : to_string(observe(override.value.setting, *server));
}

const Sight& sight_of(const World& world, const std::string& instance) {
  static const Sight none;
  const auto found = world.sights.find(instance);
  return found == world.sights.end() ? none : found->second;
}

Override ended(Override override, End end, Time now) {
  override.end = end;
  override.phase = override.admitted ? Phase::releasing : Phase::released;
  override.guard = Guard::none;
  override.attempts = 0;
  override.next_attempt.reset();
  if (override.phase == Phase::released) override.ended = now;
  return override;
}

}  // namespace steward::control
