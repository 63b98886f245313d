#include "steward/control/book.hpp"

#include <algorithm>
#include <utility>

#include "steward/base/limits.hpp"

namespace steward::control {
namespace {

using Pointers = Book::Pointers;

// Ids sort by creation, so that what is added comes last.
Pointers::iterator place_of(Pointers& list, const Override& override) {
  return std::ranges::lower_bound(list, override.id, {}, &Override::id);
}

void add(Pointers& list, const Override& override) {
  list.insert(place_of(list, override), &override);
}

void remove(Pointers& list, const Override& override) {
  const auto at = place_of(list, override);
  if (at != list.end() && *at == &override) list.erase(at);
}

// Removes from the list of that name, and the list when it is empty.
template <class Map>
void remove(Map& map, const std::string& name, const Override& override) {
  const auto found = map.find(name);
  if (found == map.end()) return;
  remove(found->second, override);
  if (found->second.empty()) map.erase(found);
}

std::pair<Time, const std::string&> admission(const Override* override) {
  return {*override->admitted, override->id};
}

template <class Map>
const Pointers& list_in(const Map& map, const std::string& name) {
  static const Pointers none;
  const auto found = map.find(name);
  return found == map.end() ? none : found->second;
}

}  // namespace

const Hold* Book::Shelf::find(Setting aspect) const {
  const auto found = std::ranges::find(holds, aspect, &Hold::setting);
  return found == holds.end() ? nullptr : &*found;
}

void Book::index(const Override& override) {
  ++revision_;
  ++phases_[static_cast<int>(override.phase)];
  tally_.add(override);
  if (override.origin.from_alert()) add(alerts_[override.origin.fingerprint], override);
  add(backends_[override.target.instance][override.target.backend], override);
  if (override.admitted) {
    const auto at = std::ranges::lower_bound(admitted_, admission(&override), {}, admission);
    admitted_.insert(at, &override);
  }
  if (!live(override.phase)) {
    ended_[{override.ended.value_or(override.created), override.id}] = &override;
    return;
  }
  ++live_;
  add(instances_[override.target.instance][override.target].live, override);
  if (override.phase == Phase::pending) add(pending_[override.target.instance], override);
}

void Book::unindex(const Override& override) {
  ++revision_;
  --phases_[static_cast<int>(override.phase)];
  tally_.remove(override);
  if (override.origin.from_alert()) remove(alerts_, override.origin.fingerprint, override);
  auto& backends = backends_[override.target.instance];
  remove(backends, override.target.backend, override);
  if (override.admitted) {
    const auto at = std::ranges::lower_bound(admitted_, admission(&override), {}, admission);
    if (at != admitted_.end() && *at == &override) admitted_.erase(at);
  }
  if (!live(override.phase)) {
    ended_.erase({override.ended.value_or(override.created), override.id});
    return;
  }
  --live_;
  auto& shelves = instances_[override.target.instance];
  const auto shelf = shelves.find(override.target);
  remove(shelf->second.live, override);
  if (shelf->second.live.empty() && shelf->second.holds.empty()) shelves.erase(shelf);
  if (override.phase == Phase::pending) remove(pending_, override.target.instance, override);
}

void Book::put(Override override) {
  auto& place = overrides_[override.id];
  if (place) unindex(*place);
  if (place) {
    *place = std::move(override);
  } else {
    place = std::make_unique<Override>(std::move(override));
  }
  index(*place);
}

void Book::erase(const std::string& id) {
  const auto found = overrides_.find(id);
  if (found == overrides_.end()) return;
  unindex(*found->second);
  overrides_.erase(found);
}

void Book::put(Hold hold) {
  ++revision_;
  auto& holds = instances_[hold.target.instance][hold.target].holds;
  const auto found = std::ranges::find(holds, hold.setting, &Hold::setting);
  tally_.add(hold);
  if (found == holds.end()) {
    holds.push_back(std::move(hold));
  } else {
    tally_.remove(*found);
    *found = std::move(hold);
  }
}

void Book::drop_hold(const ServerRef& target, Setting aspect) {
  ++revision_;
  auto& shelves = instances_[target.instance];
  const auto shelf = shelves.find(target);
  if (shelf == shelves.end()) return;
  if (const Hold* hold = shelf->second.find(aspect)) tally_.remove(*hold);
  std::erase_if(shelf->second.holds, [&](const Hold& hold) { return hold.setting == aspect; });
  if (shelf->second.live.empty() && shelf->second.holds.empty()) shelves.erase(shelf);
}

const Override* Book::find(const std::string& id) const {
  const auto found = overrides_.find(id);
  return found == overrides_.end() ? nullptr : found->second.get();
}

const Book::Shelf* Book::shelf(const ServerRef& target) const {
  const Shelves& all = shelves(target.instance);
  const auto found = all.find(target);
  return found == all.end() ? nullptr : &found->second;
}

const Book::Shelves& Book::shelves(const std::string& instance) const {
  static const Shelves none;
  const auto found = instances_.find(instance);
  return found == instances_.end() ? none : found->second;
}

const Pointers& Book::of_alert(const std::string& fingerprint) const {
  return list_in(alerts_, fingerprint);
}

const Pointers& Book::of_backend(const std::string& instance, const std::string& backend) const {
  static const ByName<Pointers> none;
  const auto found = backends_.find(instance);
  return list_in(found == backends_.end() ? none : found->second, backend);
}

const Pointers& Book::pending(const std::string& instance) const {
  return list_in(pending_, instance);
}

Pointers Book::all_live() const {
  Pointers all;
  for (const auto& [name, shelves] : instances_) {
    for (const auto& [target, shelf] : shelves) {
      all.insert(all.end(), shelf.live.begin(), shelf.live.end());
    }
  }
  std::ranges::sort(all, {}, &Override::id);
  return all;
}

const Pointers& Book::admitted() const { return admitted_; }

void Book::put(Membership membership) {
  const std::string id = membership.id;
  erase_membership(id);
  if (live(membership.stage)) {
    Members& members = members_[membership.target];
    (stands(membership.stage) ? members.standing : members.under_way) = id;
  }
  memberships_.insert_or_assign(id, std::move(membership));
}

void Book::erase_membership(const std::string& id) {
  const auto found = memberships_.find(id);
  if (found == memberships_.end()) return;
  const auto members = members_.find(found->second.target);
  if (members != members_.end()) {
    auto& [under_way, standing] = members->second;
    if (under_way == id) under_way.clear();
    if (standing == id) standing.clear();
    if (under_way.empty() && standing.empty()) members_.erase(members);
  }
  memberships_.erase(found);
}

void Book::put(Rollout rollout) {
  const std::string id = rollout.id;
  rollouts_.insert_or_assign(id, std::move(rollout));
}

const Membership* Book::membership(const std::string& id) const {
  const auto found = memberships_.find(id);
  return found == memberships_.end() ? nullptr : &found->second;
}

const Rollout* Book::rollout(const std::string& id) const {
  const auto found = rollouts_.find(id);
  return found == rollouts_.end() ? nullptr : &found->second;
}

const Membership* Book::membership_of(const ServerRef& target) const {
  const auto found = members_.find(target);
  if (found == members_.end()) return nullptr;
  const auto& [under_way, standing] = found->second;
  return membership(under_way.empty() ? standing : under_way);
}

const Membership* Book::standing_of(const ServerRef& target) const {
  const auto found = members_.find(target);
  return found == members_.end() ? nullptr : membership(found->second.standing);
}

const Witness& Book::witness(const std::string& instance) const {
  static const Witness none;
  const auto found = witnesses_.find(instance);
  return found == witnesses_.end() ? none : found->second;
}

void Book::step_witnesses(std::chrono::milliseconds step) {
  for (auto& [instance, witness] : witnesses_) witness.step(step);
}

void Book::forget(Time now) {
  const Time history = now - limits::kHistory;
  const auto is_old = [&](const auto& each) {
    return each.second.ended && *each.second.ended < history;
  };
  std::erase_if(memberships_, is_old);
  std::erase_if(rollouts_, is_old);
  const Time recent = now - limits::kManualHistory;
  for (auto next = ended_.begin(); next != ended_.end() && next->first.first < recent;) {
    const auto& [key, each] = *next++;
    // An alert that is still repeated must be known not to be obeyed again.
    const bool heard = each->origin.heard && *each->origin.heard >= history;
    if (each->origin.from_alert() ? key.first < history && !heard : true) {
      erase(std::string(key.second));
    }
  }
  while (ended_.size() > limits::kEndedOverrides) erase(std::string(ended_.begin()->first.second));
}

}  // namespace steward::control
