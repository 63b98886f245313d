#include "steward/control/records.hpp"

#include <fmt/format.h>

#include "steward/control/aspect.hpp"

namespace steward::control {

AuditRecord record_of(Event event, Time now, const Caller& caller) {
  AuditRecord line;
  line.time = now;
  line.event = to_string(event);
  line.request = caller.request;
  line.principal = caller.principal.name;
  line.source = caller.source;
  return line;
}

AuditRecord record_of(Event event, Time now, const Hold& hold) {
  AuditRecord line;
  line.time = now;
  line.event = to_string(event);
  line.target = to_string(hold.target);
  line.setting = to_string(hold.setting);
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

std::string owner_of(const Override& override) {
  switch (override.origin.kind) {
    case OwnerKind::alert:
      return "rule " + override.origin.rule;
    case OwnerKind::rollout:
      return "rollout " + override.origin.part_of;
    case OwnerKind::membership:
      return "the removal " + override.origin.part_of;
    case OwnerKind::person:
    case OwnerKind::steward:
      break;
  }
  return override.origin.principal;
}

}  // namespace steward::control
