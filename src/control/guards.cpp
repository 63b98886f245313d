#include "steward/control/guards.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "steward/base/duration.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/recent.hpp"

namespace steward::control {
namespace {

using std::chrono::milliseconds;

ServerKey key_of(const ServerRef& ref) { return {ref.backend, ref.server}; }

std::size_t share(std::size_t whole, std::uint32_t percent) { return whole * percent / 100; }

std::size_t share_rounded_up(std::size_t whole, std::uint32_t percent) {
  return (whole * percent + 99) / 100;
}

// Whether HAProxy has it, or is about to be told.
bool is_there(const Override& override) { return live(override.phase) && override.admitted; }

bool takes_something(const Override& override, const stats::ServerState& server) {
  return stricter(wanted(override.value, server), observe(override.value.setting, server)) ||
         takes_out(override.value, server);
}

// The servers that go with it: those that track it follow its state and health, not its weight.
std::vector<ServerKey> affected(const Override& override, const View& view) {
  std::vector<ServerKey> servers{key_of(override.target)};
  if (override.value.setting == Setting::weight) return servers;
  const auto trackers = view.topology().trackers(servers.front());
  servers.insert(servers.end(), trackers.begin(), trackers.end());
  return servers;
}

milliseconds flap_wait(const BackendLimits& limits, std::size_t cycles) {
  milliseconds wait = limits.flap_hold;
  for (std::size_t i = 1; i < cycles && wait < limits.flap_most; ++i) wait *= 2;
  return std::min(wait, limits.flap_most);
}

}  // namespace

// True while there is a reason to ask the next one.
bool Guards::note(Guard guard, std::optional<Refusal> refusal, std::optional<Refusal>& first) {
  if (explains_) asked_.push_back({guard, refusal ? refusal->detail : std::string()});
  if (refusal && !first) first = std::move(refusal);
  return !first || explains_;
}

std::optional<Refusal> Guards::unreachable(const Override& candidate, const Sight& sight) {
  if (sight.view != nullptr && sight.trouble.empty()) return std::nullopt;
  return Refusal{Guard::unreachable,
                 fmt::format("{} does not answer: {}", candidate.target.instance,
                             sight.trouble.empty() ? "not asked yet" : sight.trouble)};
}

std::optional<Refusal> Guards::stale(const Override& candidate, const View& view) {
  const auto age = now_ - view.read_at();
  if (age <= limits_.stale) return std::nullopt;
  return Refusal{Guard::stale, fmt::format("what is known of {} is {} old, at most {} is allowed",
                                           candidate.target.instance, format_duration(age),
                                           format_duration(limits_.stale))};
}

std::optional<Refusal> Guards::check(const Override& candidate, const Sight& sight) {
  static constexpr std::array<Check, 6> kChecks{
      {{Guard::min_available, &Guards::min_available},
       {Guard::max_overridden, &Guards::max_overridden},
       {Guard::mass_alert, &Guards::mass_alert},  // from here on of alerts only
       {Guard::rate, &Guards::rate},
       {Guard::spacing, &Guards::spacing},
       {Guard::flap, &Guards::flap}}};
  constexpr std::size_t kForAll = 2;
  asked_.clear();
  std::optional<Refusal> first;
  if (!candidate.origin.manual) {
    auto paused = paused_ ? std::optional(Refusal{Guard::paused, *paused_}) : std::nullopt;
    if (!note(Guard::paused, std::move(paused), first)) return first;
  }
  auto unread = unreachable(candidate, sight);
  const bool unseen = unread.has_value();
  if (!note(Guard::unreachable, std::move(unread), first) || unseen) return first;
  const View& view = *sight.view;
  if (!note(Guard::stale, stale(candidate, view), first)) return first;
  const stats::ServerState* server = view.find(key_of(candidate.target));
  if (candidate.forced || server == nullptr || !takes_something(candidate, *server)) return first;
  const std::size_t count = candidate.origin.manual ? kForAll : kChecks.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (!note(kChecks[i].guard, (this->*kChecks[i].ask)(candidate, view), first)) break;
  }
  return first;
}

void Guards::admit(const Override& candidate, const View& view) {
  const stats::ServerState* server = view.find(key_of(candidate.target));
  if (server == nullptr || !takes_something(candidate, *server)) return;
  Tally& own = tally(view, candidate.target.backend);
  own.overridden.insert(server->name);
  if (!candidate.origin.manual) {
    ++own.admissions;
    own.last_admission = now_;
  }
  if (!takes_out(candidate.value, *server)) return;
  for (const ServerKey& each : affected(candidate, view)) {
    take_out(candidate, each.server, tally(view, each.backend));
  }
}

Guards::Tally& Guards::tally(const View& view, std::string_view backend) {
  // The key must live as long as the view: not in an override, which may be put again.
  const ServerRows rows = view.backend(backend);
  const auto [found, fresh] = tallies_.try_emplace(
      ServerKey{view.instance(), rows.empty() ? std::string_view() : rows.front().backend});
  if (fresh) {
    count_servers(view, backend, found->second);
    count_overrides(view, std::string(backend), found->second);
  }
  return found->second;
}

void Guards::count_servers(const View& view, std::string_view backend, Tally& into) const {
  const bool backups = limits_.of(std::string(backend)).count_backups;
  for (const stats::ServerState& server : view.backend(backend)) {
    if (!backups && view.topology().of({backend, server.name}).backup) continue;
    ++into.configured;
    if (usable(server)) into.available.insert(server.name);
  }
}

// Wishes that HAProxy has not been told yet, or that their trackers have not followed yet, take
// from what is available as if they were done.
void Guards::count_overrides(const View& view, const std::string& backend, Tally& into) const {
  const BackendLimits& limits = limits_.of(backend);
  for (const Override* each : book_.of_backend(view.instance(), backend)) {
    const stats::ServerState* server = view.find(key_of(each->target));
    if (server == nullptr) continue;
    if (!each->origin.manual &&
        (live(each->phase) || recent(each->created, now_, limits.mass_alert_window))) {
      into.alerting.insert(server->name);
    }
    if (each->admitted && !each->origin.manual) {
      if (recent(*each->admitted, now_, limits.rate_window)) ++into.admissions;
      if (recent(*each->admitted, now_, limits.spacing)) {
        into.last_admission = std::max(into.last_admission, each->admitted);
      }
    }
    if (!is_there(*each)) continue;
    if (each->phase != Phase::releasing && !each->ramp) into.overridden.insert(server->name);
    if (takes_out(each->value, *server)) take_out(*each, server->name, into);
  }
  for (const ServerKey& each : view.topology().tracking(backend)) count_leaders(view, each, into);
}

// Those that it tracks, directly or through others, take it out with them.
void Guards::count_leaders(const View& view, const ServerKey& tracking, Tally& into) const {
  for (const ServerKey& leader : view.topology().leaders(tracking)) {
    const auto* shelf =
        book_.shelf({view.instance(), std::string(leader.backend), std::string(leader.server)});
    const stats::ServerState* server = view.find(leader);
    if (shelf == nullptr || server == nullptr) continue;
    for (const Override* each : shelf->live) {
      const bool out = is_there(*each) && each->value.setting != Setting::weight &&
                       takes_out(each->value, *server);
      if (out) take_out(*each, tracking.server, into);
    }
  }
}

// What ends is not over before it was read back: what was seen may be older than its command.
void Guards::take_out(const Override& override, std::string_view server, Tally& into) {
  const bool was_available = into.available.erase(server) > 0;
  if (override.phase != Phase::releasing) {
    into.returning.erase(server);
  } else if (was_available) {
    into.returning.insert(server);
  }
}

std::optional<Refusal> Guards::min_available(const Override& candidate, const View& view) {
  const stats::ServerState* server = view.find(key_of(candidate.target));
  if (!takes_out(candidate.value, *server)) return std::nullopt;
  std::map<std::string_view, std::set<std::string_view>> lost;  // by backend
  for (const ServerKey& each : affected(candidate, view)) {
    const Tally& now = tally(view, each.backend);
    if (now.available.contains(each.server)) lost[each.backend].insert(each.server);
    if (now.returning.contains(each.server)) lost[each.backend];  // not counted, but asked for
  }
  for (const auto& [backend, servers] : lost) {
    if (auto refusal = floor_of(backend, servers, view)) return refusal;
  }
  return std::nullopt;
}

std::optional<Refusal> Guards::floor_of(std::string_view backend,
                                        const std::set<std::string_view>& lost, const View& view) {
  const BackendLimits& limits = limits_.of(std::string(backend));
  const Tally& now = tally(view, backend);
  const std::size_t left = now.available.size() - lost.size();
  const std::size_t floor =
      std::max<std::size_t>({1, limits.min_available_count,
                             share_rounded_up(now.configured, limits.min_available_percent)});
  if (left >= floor) return std::nullopt;
  return Refusal{Guard::min_available,
                 fmt::format("{} of the {} servers of {} would stay usable, at least {} must "
                             "(count {}, {}%)",
                             left, now.configured, backend, floor, limits.min_available_count,
                             limits.min_available_percent)};
}

std::optional<Refusal> Guards::max_overridden(const Override& candidate, const View& view) {
  const BackendLimits& limits = limits_.of(candidate.target.backend);
  const Tally& now = tally(view, candidate.target.backend);
  if (now.overridden.contains(candidate.target.server)) return std::nullopt;
  std::size_t most = std::max<std::size_t>(1, share(now.configured, limits.max_overridden_percent));
  if (limits.max_overridden_count > 0) {
    most = std::min<std::size_t>(most, limits.max_overridden_count);
  }
  if (now.overridden.size() < most) return std::nullopt;
  return Refusal{Guard::max_overridden,
                 fmt::format("{} of the {} servers of {} are under overrides, at most {} may be "
                             "(count {}, {}%)",
                             now.overridden.size(), now.configured, candidate.target.backend, most,
                             limits.max_overridden_count, limits.max_overridden_percent)};
}

std::optional<Refusal> Guards::mass_alert(const Override& candidate, const View& view) {
  const BackendLimits& limits = limits_.of(candidate.target.backend);
  const Tally& now = tally(view, candidate.target.backend);
  const std::size_t most = share(now.configured, limits.mass_alert_percent);
  if (now.alerting.size() <= std::max<std::size_t>(1, most)) return std::nullopt;
  return Refusal{Guard::mass_alert,
                 fmt::format("{} of the {} servers of {} alert within {}, more than {}%: the cause "
                             "is likely common, and draining would not help",
                             now.alerting.size(), now.configured, candidate.target.backend,
                             format_duration(limits.mass_alert_window), limits.mass_alert_percent)};
}

std::size_t Guards::recent_admissions() const {
  std::size_t count = 0;
  const auto& all = book_.admitted();
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    if (now_ - *(*each)->admitted >= limits_.rate_window) break;
    if (!(*each)->origin.manual && recent(*(*each)->admitted, now_, limits_.rate_window)) ++count;
  }
  return count;
}

std::optional<Refusal> Guards::rate(const Override& candidate, const View& view) {
  const BackendLimits& limits = limits_.of(candidate.target.backend);
  const Tally& now = tally(view, candidate.target.backend);
  const auto refuse = [](std::string_view where, std::size_t count, std::uint32_t most,
                         milliseconds window) {
    return Refusal{Guard::rate, fmt::format("{} were admitted {} within {}, at most {} may be",
                                            count, where, format_duration(window), most)};
  };
  if (limits.rate_count > 0 && now.admissions >= limits.rate_count) {
    return refuse("in " + candidate.target.backend, now.admissions, limits.rate_count,
                  limits.rate_window);
  }
  if (limits_.rate_count == 0) return std::nullopt;
  const std::size_t all = recent_admissions();
  if (all < limits_.rate_count) return std::nullopt;
  return refuse("in all", all, limits_.rate_count, limits_.rate_window);
}

std::optional<Refusal> Guards::spacing(const Override& candidate, const View& view) {
  const BackendLimits& limits = limits_.of(candidate.target.backend);
  const Tally& now = tally(view, candidate.target.backend);
  if (limits.spacing.count() == 0 || !now.last_admission) return std::nullopt;
  const auto since = now_ - *now.last_admission;
  return Refusal{Guard::spacing,
                 fmt::format("the last one in {} was admitted {} ago, {} must lie between",
                             candidate.target.backend, format_duration(std::max(since, {})),
                             format_duration(limits.spacing))};
}

std::optional<Refusal> Guards::flap(const Override& candidate, const View&) {
  const BackendLimits& limits = limits_.of(candidate.target.backend);
  std::size_t cycles = 0;
  Time last{};
  for (const Override* each :
       book_.of_backend(candidate.target.instance, candidate.target.backend)) {
    const bool cycle = !each->origin.manual && each->admitted && each->ended &&
                       each->target == candidate.target &&
                       recent(*each->ended, now_, limits.flap_window);
    if (!cycle) continue;
    ++cycles;
    last = std::max(last, *each->ended);
  }
  if (cycles == 0 || limits.flap_hold.count() == 0) return std::nullopt;
  const auto wait = flap_wait(limits, cycles);
  if (!recent(last, now_, wait)) return std::nullopt;
  return Refusal{Guard::flap,
                 fmt::format("it was taken out and returned {} time{} within {}; it is left alone "
                             "until {} after the last",
                             cycles, cycles == 1 ? "" : "s", format_duration(limits.flap_window),
                             format_duration(wait))};
}

}  // namespace steward::control
