#include "steward/control/gate.hpp"

#include <algorithm>

#include "steward/control/availability.hpp"
#include "steward/control/effect.hpp"
#include "steward/control/records.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

std::size_t floor_with(std::uint32_t count, std::uint32_t percent, std::size_t share) {
  return std::max<std::size_t>({1, count, (share * percent + 99) / 100});
}

std::size_t wanted_floor_of(const BackendLimits& limits, std::size_t share) {
  return floor_with(limits.min_wanted_count.value_or(limits.min_available_count),
                    limits.min_wanted_percent.value_or(limits.min_available_percent), share);
}

bool counts_as_server(const Book& book, const BackendLimits& limits, const View& view,
                      const ServerState& row) {
  const bool configured_out = (row.admin & stats::config_maint) != 0 || row.initial_weight == 0;
  if (configured_out || !addressed(row)) return false;
  if (!limits.count_backups && view.topology().of({row.backend, row.name}).backup) return false;
  const Membership* member =
      book.membership_of({view.instance(), std::string(row.backend), std::string(row.name)});
  return member == nullptr || member->wish == Wish::absent || member->served;
}

// Returns the server as it is once the value is told.
ServerState with_value(ServerState row, const Value& value) {
  constexpr std::uint32_t kForced = stats::forced_maint | stats::forced_drain;
  if (value.setting == Setting::weight) row.user_weight = value.level;
  if (value.setting == Setting::health && value.level == kUp) row.operational = stats::op_running;
  if (value.setting != Setting::state) return row;
  const bool was_maint = row.in_maint();
  row.admin &= ~kForced;
  if (value.level == kMaint) row.admin |= stats::forced_maint;
  if (value.level == kDrain) row.admin |= stats::forced_drain;
  // HAProxy calls a server that leaves maintenance UP before anybody has looked.
  if (was_maint && !row.in_maint()) row.operational = stats::op_running;
  return row;
}

ServerKey key_in(const ServerState& row) { return {row.backend, row.name}; }

}  // namespace

std::size_t floor_of(const BackendLimits& limits, std::size_t share) {
  return floor_with(limits.min_available_count, limits.min_available_percent, share);
}

std::size_t share_of(const Book& book, const Limits& limits, const View& view,
                     std::string_view backend) {
  return static_cast<std::size_t>(
      std::ranges::count_if(view.backend(backend), [&](const ServerState& row) {
        return counts_as_server(book, limits.of(backend), view, row);
      }));
}

Gate::Gate(const Book& book, const Limits& limits, const View& view, Time now, bool projects)
    : book_(book),
      limits_(limits),
      view_(view),
      now_(now),
      projects_(projects),
      witness_(book.witness(view.instance())) {}

bool Gate::puts_out(const ServerState& server, const Ask& ask) {
  return server.user_weight > 0 && puts_followers_out(server, ask);
}

// Those that track it follow its state and health, whatever its weight.
bool Gate::puts_followers_out(const ServerState& server, const Ask& ask) {
  const bool frozen = ask.value.setting == Setting::health && ask.value.level == kFrozen &&
                      ask.owner == OwnerKind::alert;
  return observe(Setting::state, server).level == kReady && (takes_out(ask.value) || frozen);
}

bool Gate::is_backup(const ServerKey& server) const {
  return !limits_.of(server.backend).count_backups && view_.topology().of(server).backup;
}

bool Gate::in_share(const ServerState& server) const {
  return counts_as_server(book_, limits_.of(server.backend), view_, server);
}

Gate::Tally& Gate::tally(std::string_view backend) {
  const auto [found, fresh] = tallies_.try_emplace(backend);
  Tally& made = found->second;
  if (!fresh) return made;
  for (const ServerState& row : view_.backend(backend)) {
    const ServerKey key = key_in(row);
    if (in_share(row)) ++made.share;
    if (projects_ && is_returning(row)) continue;
    if (projects_ && (!wanted_in_service(book_, view_, row) || is_leaving(row))) out_.insert(key);
    if (out_.contains(key) || unseen_.contains(key)) continue;
    if (verified(view_, witness_, row, limits_)) {
      (is_backup(key) ? made.backups : made.primaries).insert(row.name);
    }
  }
  return made;
}

// What ends is not over before it was read back: what was seen may be older than its command.
bool Gate::is_returning(const ServerState& row) const {
  const Book::Shelf* shelf =
      book_.shelf({view_.instance(), std::string(row.backend), std::string(row.name)});
  return shelf != nullptr && std::ranges::any_of(shelf->live, [&](const Override* each) {
           return each->phase == Phase::releasing && takes_out(control::wanted(each->value, row));
         });
}

// A ramp that counts will have taken it out in the end.
bool Gate::is_leaving(const ServerState& row) const {
  const Book::Shelf* shelf =
      book_.shelf({view_.instance(), std::string(row.backend), std::string(row.name)});
  return shelf != nullptr && std::ranges::any_of(shelf->live, [&](const Override* each) {
           return each->ramp && counts(*each) && takes_out(strictest_of(*each, row));
         });
}

Gate::Names& Gate::wanted(std::string_view backend) {
  Tally& counted = tally(backend);
  if (counted.wanted) return *counted.wanted;
  Names& names = counted.wanted.emplace();
  for (const ServerState& row : view_.backend(backend)) {
    const ServerKey key = key_in(row);
    const bool in = addressed(row) && !is_backup(key) && !out_.contains(key);
    if (in && wanted_in_service(book_, view_, row)) names.insert(row.name);
  }
  return names;
}

// The server itself, and those that follow its state and health; not its weight.
std::vector<Gate::Hit> Gate::hits(const Ask& ask) const {
  const ServerState* server = view_.find(ask.server);
  if (server == nullptr) return {};
  return touched(ask, puts_out(*server, ask) || !takes_out(ask.value));
}

std::vector<Gate::Hit> Gate::touched(const Ask& ask, bool itself) const {
  std::vector<Hit> all;
  if (itself) all.push_back({ask.server.backend, {ask.server}});
  if (ask.value.setting == Setting::weight) return all;
  for (const ServerKey& each : view_.topology().trackers(ask.server)) {
    const ServerState* row = view_.find(each);
    if (row == nullptr) continue;
    const auto same = std::ranges::find(all, each.backend, &Hit::backend);
    if (same == all.end()) {
      all.push_back({row->backend, {key_in(*row)}});
    } else {
      same->servers.push_back(key_in(*row));
    }
  }
  return all;
}

bool Gate::takes(const Ask& ask, const Hit& hit) const {
  return std::ranges::any_of(hit.servers, [&](const ServerKey& each) {
    if (out_.contains(each)) return false;
    const ServerState* row = view_.find(each);
    if (row != nullptr && usable(*row)) return true;
    return std::ranges::any_of(regained_, [&](const auto& pair) {
      return pair.first == each && !(pair.second == ask.server);
    });
  });
}

std::optional<Refusal> Gate::check(const Ask& ask) {
  const ServerState* row = view_.find(ask.server);
  if (row == nullptr || !puts_followers_out(*row, ask)) return std::nullopt;
  for (const Hit& each : hits(ask)) {
    (void)tally(each.backend);
    if (takes(ask, each)) {
      if (auto refusal = check_backend(ask, each)) return refusal;
    }
    if (auto refusal = check_wanted(ask, each)) return refusal;
  }
  return std::nullopt;
}

std::size_t Gate::carried_besides(const Hit& hit, const Tally& tally) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(view_.backend(hit.backend), [&](const ServerState& row) {
        const ServerKey key = key_in(row);
        const bool touched = out_.contains(key) || unseen_.contains(key) ||
                             std::ranges::find(hit.servers, key) != hit.servers.end();
        const ServerState* watched = watched_by(view_, row);
        const bool failed =
            watched == nullptr || stats::switched_off(watched->check_state) ||
            (watched->check_status > stats::status_initializing && !watched->last_check_passed());
        return !touched && !is_backup(key) && !tally.primaries.contains(row.name) && usable(row) &&
               !failed && witness_.carried(key, now_, limits_);
      }));
}

std::optional<Refusal> Gate::check_backend(const Ask& ask, const Hit& hit) {
  const Tally& counted = tally(hit.backend);
  std::size_t primaries = counted.primaries.size(), backups = counted.backups.size();
  bool only_backups = true;
  for (const ServerKey& each : hit.servers) {
    primaries -= counted.primaries.contains(each.server) ? 1U : 0U;
    backups -= counted.backups.contains(each.server) ? 1U : 0U;
    only_backups = only_backups && is_backup(each);
  }
  if (ask.again) primaries += carried_besides(hit, counted);
  const BackendLimits& limits = limits_.of(hit.backend);
  const std::size_t floor = floor_of(limits, counted.share);
  if (!only_backups && primaries < floor) {
    return Refusal{
        Guard::min_available,
        fmt::format("{} of the {} servers of {} would stay usable, at least {} must "
                    "(count {}, {}%){}",
                    primaries, counted.share, hit.backend, floor, limits.min_available_count,
                    limits.min_available_percent, in_the_way(hit))};
  }
  if (primaries + backups > 0) return std::nullopt;
  return Refusal{Guard::min_available,
                 fmt::format("it is the last usable server of {}{}", hit.backend, in_the_way(hit))};
}

std::optional<Refusal> Gate::check_wanted(const Ask& ask) {
  if (!takes_out(ask.value) || !wanted(ask.server.backend).contains(ask.server.server)) {
    return std::nullopt;
  }
  for (const Hit& each : touched(ask, true)) {
    if (auto refusal = check_wanted(ask, each)) return refusal;
  }
  return std::nullopt;
}

// Not asked of persons, who are told, nor of what was in force before.
std::optional<Refusal> Gate::check_wanted(const Ask& ask, const Hit& hit) {
  const bool automatic = ask.owner == OwnerKind::alert || ask.owner == OwnerKind::rollout;
  const bool counted = std::ranges::any_of(hit.servers, [&](const ServerKey& each) {
    const ServerState* row = view_.find(each);
    return row != nullptr && in_share(*row);
  });
  if (!automatic || ask.again || !counted) return std::nullopt;
  const Names& names = wanted(hit.backend);
  std::size_t left = names.size();
  for (const ServerKey& each : hit.servers) left -= names.contains(each.server) ? 1U : 0U;
  const std::size_t share = tally(hit.backend).share;
  const std::size_t floor = wanted_floor_of(limits_.of(hit.backend), share);
  if (left >= floor) return std::nullopt;
  return Refusal{Guard::min_wanted,
                 fmt::format("{} of the {} servers of {} would stay wished into service, at least "
                             "{} must, up or down{}",
                             left, share, hit.backend, floor, in_the_way(hit))};
}

void Gate::forget(const ServerKey& server) {
  Tally& counted = tally(server.backend);
  counted.primaries.erase(server.server);
  counted.backups.erase(server.server);
}

void Gate::unsee(const ServerKey& server) {
  const auto followers = view_.topology().trackers(server);
  for (const ServerKey& each : followers) {
    (void)tally(each.backend);
    forget(each);
    unseen_.insert(each);
  }
  (void)tally(server.backend);
  forget(server);
  unseen_.insert(server);
}

void Gate::pass(const Ask& ask) {
  const ServerState* row = view_.find(ask.server);
  if (row == nullptr) return;
  const bool unseen =
      ask.value.setting == Setting::health && ask.value.level != kByChecks && !takes_out(ask.value);
  const bool out = takes_out(ask.value) && puts_followers_out(*row, ask);
  if (!out && !unseen) return;
  for (const Hit& each : hits(ask)) {
    for (const ServerKey& key : each.servers) {
      forget(key);
      if (unseen) unseen_.insert(key);
      if (out) out_.insert(key);
      if (out && tally(key.backend).wanted) tally(key.backend).wanted->erase(key.server);
    }
  }
}

void Gate::unwant(const Ask& ask) {
  if (!takes_out(ask.value)) return;
  for (const Hit& each : touched(ask, true)) {
    for (const ServerKey& key : each.servers) {
      if (tally(key.backend).wanted) tally(key.backend).wanted->erase(key.server);
    }
  }
}

void Gate::recount_wanted() {
  for (auto& [backend, tally] : tallies_) tally.wanted.reset();
}

void Gate::regain(const ServerKey& server, const ServerKey& source) {
  regained_.emplace_back(server, source);
}

void Gate::loosen(const ServerKey& server, const Value& value) {
  const ServerState* row = view_.find(server);
  if (row == nullptr) return;
  const ServerKey key = key_in(*row);
  const auto found = loosened_.try_emplace(key, *row).first;
  found->second = with_value(found->second, value);
  if (!usable(*row) && usable(found->second)) regain(key, key);
  if (value.setting != Setting::state) return;
  for (const ServerKey& each : view_.topology().trackers(key)) {
    const ServerState* follower = view_.find(each);
    if (follower == nullptr || usable(*follower)) continue;
    ServerState after = *follower;
    after.admin &= ~(stats::inherited_maint | stats::inherited_drain);
    if (found->second.running()) after.operational = stats::op_running;
    if (value.level == kReady && usable(after)) regain(key_in(*follower), key);
  }
}

std::string Gate::why_out(const ServerState& row) const {
  const Book::Shelf* shelf =
      book_.shelf({view_.instance(), std::string(row.backend), std::string(row.name)});
  if (shelf != nullptr) {
    for (const Override* each : shelf->live) {
      const bool takes = each->admitted && takes_out(control::wanted(each->value, row));
      if (takes) {
        return fmt::format("{} is held by {}, {}", row.name, each->id, owner_of(*each));
      }
    }
  }
  for (const ServerKey& leader : view_.topology().leaders(key_in(row))) {
    if (row.in_maint() || row.drained() || !row.running()) {
      return fmt::format("{} tracks {}/{}", row.name, leader.backend, leader.server);
    }
  }
  if (out_.contains(key_in(row))) return fmt::format("{} is taken out as well", row.name);
  return fmt::format("{} {}", row.name, why_not_verified(view_, witness_, row));
}

// Names the servers that do not count, and what keeps each of them from it.
std::string Gate::in_the_way(const Hit& hit) const {
  constexpr std::size_t kNamed = 3;
  std::string text;
  std::size_t count = 0;
  const auto found = tallies_.find(hit.backend);
  for (const ServerState& row : view_.backend(hit.backend)) {
    const bool touched = std::ranges::find(hit.servers, key_in(row)) != hit.servers.end();
    const bool there = found != tallies_.end() && (found->second.primaries.contains(row.name) ||
                                                   found->second.backups.contains(row.name));
    if (touched || there || !in_share(row)) continue;
    if (++count > kNamed) continue;
    text += (count == 1 ? ": " : "; ") + why_out(row);
  }
  return count > kNamed ? fmt::format("{}; and {} more", text, count - kNamed) : text;
}

}  // namespace steward::control
