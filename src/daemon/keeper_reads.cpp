// Keeper: what it knows, and waiting for it to change.
#include <algorithm>

#include "steward/base/limits.hpp"
#include "steward/control/recent.hpp"
#include "steward/daemon/keeper.hpp"

namespace steward::daemon {
namespace {

using control::Override;
using control::Phase;
using std::chrono::steady_clock;

bool is_settled(const Override& override) {
  if (override.phase == Phase::releasing) return false;
  return override.phase != Phase::pending || !override.admitted;
}

}  // namespace

std::optional<Override> Keeper::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const Override* found = book_.find(id);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::vector<Override> Keeper::live(std::size_t most) const {
  const std::lock_guard lock(mutex_);
  control::Book::Pointers all;
  for (const std::string& name : sightings_.instances()) {
    for (const auto& [target, shelf] : book_.shelves(name)) {
      all.insert(all.end(), shelf.live.begin(), shelf.live.end());
    }
  }
  if (all.size() > most) {
    std::ranges::nth_element(all, all.end() - static_cast<std::ptrdiff_t>(most), {}, &Override::id);
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(most));
  }
  std::ranges::sort(all, {}, &Override::id);
  std::vector<Override> copies;
  for (const Override* each : all) copies.push_back(*each);
  return copies;
}

std::map<std::string, std::shared_ptr<const control::View>> Keeper::views() const {
  const std::lock_guard lock(mutex_);
  return sightings_.views();
}

std::map<std::string, control::Account> Keeper::accounts(const std::string& instance) const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, control::Account> all;
  for (const auto& [name, view] : sightings_.views()) {
    if (!view || (!instance.empty() && instance != name)) continue;
    all.try_emplace(name, book_, view, policy_.limits);
  }
  return all;
}

std::vector<std::string> Keeper::reachable() const {
  const std::lock_guard lock(mutex_);
  return sightings_.reachable();
}

bool Keeper::ready() const {
  const std::lock_guard lock(mutex_);
  return sightings_.all_tried();
}

std::vector<Override> Keeper::wait(const std::vector<std::string>& ids,
                                   steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  const auto settled = [&] {
    return closed_ || std::ranges::all_of(ids, [&](const std::string& id) {
             const Override* found = book_.find(id);
             return found == nullptr || is_settled(*found);
           });
  };
  changed_.wait_until(lock, until, settled);
  std::vector<Override> now;
  for (const std::string& id : ids) {
    if (const Override* found = book_.find(id)) now.push_back(*found);
  }
  return now;
}

Keeper::Held Keeper::held(const std::string& instance) {
  const std::lock_guard lock(mutex_);
  auto view = sightings_.last(instance);
  // A HAProxy that was away for long begins without what automation held: nobody knows which of the
  // other servers are well by then.
  const auto looked =
      view ? std::optional(view->read_at()) : book_.witness(instance).looked_before();
  const bool known = looked && control::recent(*looked, clock_(), limits::kCarriedAge);
  KnownHeld& held = held_[instance];
  if (!held.servers || held.revision != book_.revision() || held.of_people == known) {
    held = {book_.revision(), !known,
            std::make_shared<const std::vector<control::HeldServer>>(
                control::held_servers(book_, instance, !known))};
  }
  return {held.servers, std::move(view)};
}

bool Keeper::wait_for_audit(std::uint64_t after, steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, until, [&] { return closed_ || ledger_.last_sequence() > after; });
  return !closed_ && ledger_.last_sequence() > after;
}

}  // namespace steward::daemon
