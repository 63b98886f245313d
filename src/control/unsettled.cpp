#include "steward/control/unsettled.hpp"

#include <algorithm>

#include "steward/control/admission.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/effect.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

bool is_settled(const Hold& hold, const Book::Shelf& shelf, const World& world, const View& view,
                const ServerState& row) {
  const bool told =
      hold.confirmed == Confirmed::yes && hold.epoch == view.epoch() && agrees(hold.ours, row);
  return told && hold.setting != Setting::agent && !hold.gone && !hold.stuck && !hold.returning &&
         !is_to_bury(hold, shelf, world);
}

bool is_settled(const Override& override, const World& world, const View& view,
                const ServerState& row) {
  const bool in_force = override.phase == Phase::active && counts(override) && !override.again;
  return in_force && !override.ramp && override.value != Value{Setting::state, kReady} &&
         !is_due(override, world.now) && !is_moved(override, view, row);
}

bool is_settled(const Book::Shelf& shelf, const World& world, const View& view,
                const ServerState& row) {
  const bool has_agent = (row.agent_state & stats::check_configured) != 0;
  return !has_agent && std::ranges::all_of(shelf.holds, [&](const Hold& each) {
    return is_settled(each, shelf, world, view, row);
  }) && std::ranges::all_of(shelf.live, [&](const Override* each) {
    return is_settled(*each, world, view, row);
  }) && std::ranges::all_of(kComposed, [&](Setting aspect) {
    return agrees(effect_of(&shelf, aspect, row), row);
  });
}

}  // namespace

bool is_due(const Override& override, Time now) {
  if (override.phase == Phase::releasing) return false;
  return (override.expires && *override.expires <= now) ||
         (override.end == End::resolved && override.hold_until <= now);
}

// Whoever wished it spoke of what stood in the slot of a server-template then.
bool is_moved(const Override& override, const View& view, const ServerState& row) {
  const bool of_dns = !row.srv_record.empty() || !row.fqdn.empty();
  const bool speaks = override.origin.from_alert() || override.origin.kind == OwnerKind::person;
  if (!of_dns || !speaks || row.address.empty()) return false;
  if (override.address.empty() || address_of(row) == override.address) return false;
  if (!row.srv_record.empty()) return true;
  // The slots of one template share the port as well.
  return std::ranges::count_if(view.backend(row.backend), [&](const ServerState& each) {
           return each.fqdn == row.fqdn && each.port == row.port;
         }) > 1;
}

bool is_to_bury(const Hold& hold, const Book::Shelf& shelf, const World& world) {
  const bool wished = std::ranges::any_of(shelf.live, [&](const Override* each) {
    return aspect_of(each->value.setting) == hold.setting || hold.setting == Setting::agent;
  });
  const bool old =
      hold.tombstone && !wished && world.now - *hold.tombstone > world.policy.tombstones;
  return wished == hold.tombstone.has_value() || old;
}

void attend_unsettled(Draft& draft, const World& world, const View& view) {
  for (const auto& [target, shelf] : draft.book().shelves(view.instance())) {
    const ServerState* row = view.find({target.backend, target.server});
    if (row == nullptr || !is_settled(shelf, world, view, *row)) draft.attend(target);
  }
}

}  // namespace steward::control
