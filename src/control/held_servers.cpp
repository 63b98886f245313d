#include "steward/control/held_servers.hpp"

#include <algorithm>
#include <tuple>

#include "steward/control/aspect.hpp"

namespace steward::control {
namespace {

void put_value(HeldServer& held, const Value& value) {
  switch (value.setting) {
    case Setting::state:
      held.state = value.level;
      break;
    case Setting::weight:
      held.weight = value;
      break;
    case Setting::health:
      if (value.level >= kStopping) held.health = value.level;
      break;
    case Setting::agent:
      held.agent_off = value.level == kDisabled;
      break;
    case Setting::checks:
      break;
  }
}

// Whether an override that counts asks for what the hold says. What is about to end does not: a new
// process must not start with it.
bool asks_for(const Override& override, Setting aspect) {
  if (!counts(override)) return false;
  const Setting asked = aspect_of(override.value.setting);
  return asked == aspect || (aspect == Setting::agent && asked != Setting::weight);
}

// Each line ends with the longest lease of what asks for it, should the steward be gone by then.
HeldServer held_server(const ServerRef& target, const Book::Shelf& shelf, bool of_people) {
  HeldServer held;
  held.backend = target.backend;
  held.server = target.server;
  held.expires = {};
  for (const Hold& hold : shelf.holds) {
    if (!stricter(hold.ours, hold.baseline)) continue;
    std::optional<Value> asked;
    for (const Override* each : shelf.live) {
      const bool person = each->origin.kind == OwnerKind::person;
      if ((of_people && !person) || !asks_for(*each, hold.setting)) continue;
      const bool own = aspect_of(each->value.setting) == hold.setting;
      if (!of_people || !own) {
        asked = hold.ours;
      } else if (!asked || stricter(each->value, *asked)) {
        asked = each->value;
      }
      held.expires = std::max(held.expires, each->expires.value_or(Time::max()));
    }
    if (asked) put_value(held, *asked);
  }
  return held;
}

}  // namespace

std::vector<HeldServer> held_servers(const Book& book, const std::string& instance,
                                     bool of_people) {
  std::vector<HeldServer> all;
  for (const auto& [target, shelf] : book.shelves(instance)) {
    HeldServer held = held_server(target, shelf, of_people);
    if (held.state || held.weight || held.health || held.agent_off) all.push_back(std::move(held));
  }
  std::ranges::sort(all, {},
                    [](const HeldServer& each) { return std::tie(each.backend, each.server); });
  return all;
}

}  // namespace steward::control
