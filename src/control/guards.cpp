#include "steward/control/guards.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "steward/base/duration.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/effect.hpp"
#include "steward/control/recent.hpp"
#include "steward/control/records.hpp"

namespace steward::control {
namespace {

using std::chrono::milliseconds;

ServerKey key_of(const ServerRef& ref) { return {ref.backend, ref.server}; }

std::size_t share(std::size_t whole, std::uint32_t percent) { return whole * percent / 100; }

// Whether it takes more from the server than baseline and the other overrides do already.
bool takes_more(const Book& book, const Override& override, const stats::ServerState& server) {
  const Value value = strictest_of(override, server);
  const Value effect =
      effect_of(book.shelf(override.target), aspect_of(override.value.setting), server);
  const bool frozen = value.setting == Setting::health && value.level == kFrozen &&
                      effect.level == kByChecks && override.origin.from_alert();
  return frozen || stricter(value, effect);
}

Gate::Ask ask_of(const Override& override, const stats::ServerState& server) {
  return {{server.backend, server.name},
          strictest_of(override, server),
          override.origin.kind,
          override.again};
}

// A time in which a server was under overrides; `end` is Time::max() while it is.
struct Outing {
  Time begin, end;
  bool alert;
};

// Merges those that touch: a server that never came back was out once.
std::vector<Outing> merged(std::vector<Outing> all) {
  std::ranges::sort(all, {}, &Outing::begin);
  std::vector<Outing> joined;
  for (const Outing& each : all) {
    if (joined.empty() || joined.back().end < each.begin) {
      joined.push_back(each);
      continue;
    }
    joined.back().end = std::max(joined.back().end, each.end);
    joined.back().alert = joined.back().alert || each.alert;
  }
  return joined;
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
  return ask(candidate, sight, true);
}

std::optional<Refusal> Guards::check_but_floors(const Override& candidate, const Sight& sight) {
  return ask(candidate, sight, false);
}

std::optional<Refusal> Guards::too_few_wanted(const Override& candidate, const Sight& sight) {
  const auto* server = sight.view == nullptr ? nullptr : sight.view->find(key_of(candidate.target));
  if (server == nullptr) return std::nullopt;
  Gate::Ask asked = ask_of(candidate, *server);
  asked.owner = OwnerKind::alert;
  return gate(*sight.view).check_wanted(asked);
}

std::optional<Refusal> Guards::ask(const Override& candidate, const Sight& sight, bool floors) {
  static constexpr std::array<Check, 5> kChecks{{{Guard::max_overridden, &Guards::max_overridden},
                                                 // From here on of alerts only.
                                                 {Guard::mass_alert, &Guards::mass_alert},
                                                 {Guard::rate, &Guards::rate},
                                                 {Guard::spacing, &Guards::spacing},
                                                 {Guard::flap, &Guards::flap}}};
  asked_.clear();
  std::optional<Refusal> first;
  const bool alert = candidate.origin.from_alert();
  if (alert) {
    auto paused = paused_ ? std::optional(Refusal{Guard::paused, *paused_}) : std::nullopt;
    if (!note(Guard::paused, std::move(paused), first)) return first;
  }
  auto unread = unreachable(candidate, sight);
  const bool unseen = unread.has_value();
  if (!note(Guard::unreachable, std::move(unread), first) || unseen) return first;
  const View& view = *sight.view;
  if (!note(Guard::stale, stale(candidate, view), first)) return first;
  const stats::ServerState* server = view.find(key_of(candidate.target));
  if (candidate.forced || server == nullptr) return first;
  if (!takes_more(book_, candidate, *server)) {
    if (!floors) return first;
    (void)note(Guard::min_wanted, gate(view).check_wanted(ask_of(candidate, *server)), first);
    return first;
  }
  if (floors && !note_floors(candidate, view, first)) return first;
  for (std::size_t i = 0; i < (alert ? kChecks.size() : 1); ++i) {
    if (!note(kChecks[i].guard, (this->*kChecks[i].ask)(candidate, view), first)) break;
  }
  return first;
}

bool Guards::note_floors(const Override& candidate, const View& view,
                         std::optional<Refusal>& first) {
  const auto refusal = gate(view).check(ask_of(candidate, *view.find(key_of(candidate.target))));
  const bool wanted = refusal && refusal->guard == Guard::min_wanted;
  if (!note(Guard::min_available, wanted ? std::nullopt : refusal, first)) return false;
  const bool automatic =
      candidate.origin.kind == OwnerKind::alert || candidate.origin.kind == OwnerKind::rollout;
  return !automatic || note(Guard::min_wanted, wanted ? refusal : std::nullopt, first);
}

Gate& Guards::gate(const View& view) {
  return gates_.try_emplace(&view, book_, limits_, view, now_, true).first->second;
}

void Guards::admit(const Override& candidate, const View& view) {
  const stats::ServerState* server = view.find(key_of(candidate.target));
  if (server == nullptr) return;
  const Gate::Ask counted = ask_of(candidate, *server);
  gate(view).pass(counted);
  gate(view).unwant(counted);
  count(candidate, view);
}

void Guards::count(const Override& candidate, const View& view) {
  const stats::ServerState* server = view.find(key_of(candidate.target));
  if (server == nullptr) return;
  Tally& own = tally(view, candidate.target.backend);
  own.overridden.insert(server->name);
  if (!candidate.origin.from_alert()) return;
  ++own.admissions;
  own.last_admission = now_;
}

Guards::Tally& Guards::tally(const View& view, std::string_view backend) {
  // The key must live as long as the view: not in an override, which may be put again.
  const ServerRows rows = view.backend(backend);
  const auto [found, fresh] = tallies_.try_emplace(
      ServerKey{view.instance(), rows.empty() ? std::string_view() : rows.front().backend});
  if (fresh) {
    found->second.share = share_of(book_, limits_, view, backend);
    count_overrides(view, std::string(backend), found->second);
  }
  return found->second;
}

void Guards::count_overrides(const View& view, const std::string& backend, Tally& into) const {
  const BackendLimits& limits = limits_.of(backend);
  for (const Override* each : book_.of_backend(view.instance(), backend)) {
    const stats::ServerState* server = view.find(key_of(each->target));
    if (server == nullptr) continue;
    const bool alert = each->origin.from_alert();
    const bool in_share =
        limits.count_backups || !view.topology().of({server->backend, server->name}).backup;
    if (alert && in_share &&
        (live(each->phase) || recent(each->created, now_, limits.mass_alert_window))) {
      into.alerting.insert(server->name);
    }
    if (each->admitted && alert) {
      if (recent(*each->admitted, now_, limits.rate_window)) ++into.admissions;
      if (recent(*each->admitted, now_, limits.spacing)) {
        into.last_admission = std::max(into.last_admission, each->admitted);
      }
    }
    if (!counts(*each) || into.overridden.contains(server->name)) continue;
    if (tightened(*book_.shelf(each->target), *server)) into.overridden.insert(server->name);
  }
}

std::optional<Refusal> Guards::max_overridden(const Override& candidate, const View& view) {
  const BackendLimits& limits = limits_.of(candidate.target.backend);
  const Tally& now = tally(view, candidate.target.backend);
  if (now.overridden.contains(candidate.target.server)) return std::nullopt;
  std::size_t most = std::max<std::size_t>(1, share(now.share, limits.max_overridden_percent));
  if (limits.max_overridden_count > 0) {
    most = std::min<std::size_t>(most, limits.max_overridden_count);
  }
  if (now.overridden.size() < most) return std::nullopt;
  return Refusal{Guard::max_overridden,
                 fmt::format("{} of the {} servers of {} are under overrides, at most {} may be "
                             "(count {}, {}%){}",
                             now.overridden.size(), now.share, candidate.target.backend, most,
                             limits.max_overridden_count, limits.max_overridden_percent,
                             holders(candidate.target, view, now))};
}

// Names those in the way: "; web2 is held by 01J…, alice".
std::string Guards::holders(const ServerRef& target, const View& view, const Tally& now) const {
  constexpr std::size_t kNamed = 3;
  std::string text;
  std::size_t count = 0;
  for (const std::string_view name : now.overridden) {
    if (++count > kNamed) continue;
    const auto* shelf = book_.shelf({view.instance(), target.backend, std::string(name)});
    if (shelf == nullptr) continue;
    const auto each =
        std::ranges::find_if(shelf->live, [](const Override* one) { return counts(*one); });
    if (each == shelf->live.end()) continue;
    text += fmt::format("{}{} is held by {}, {}", text.empty() ? ": " : "; ", name, (*each)->id,
                        owner_of(**each));
  }
  return count > kNamed ? fmt::format("{}; and {} more", text, count - kNamed) : text;
}

std::optional<Refusal> Guards::mass_alert(const Override& candidate, const View& view) {
  const BackendLimits& limits = limits_.of(candidate.target.backend);
  const Tally& now = tally(view, candidate.target.backend);
  const std::size_t most = share(now.share, limits.mass_alert_percent);
  if (now.alerting.size() <= std::max<std::size_t>(1, most)) return std::nullopt;
  return Refusal{Guard::mass_alert,
                 fmt::format("{} of the {} servers of {} alert within {}, more than {}%: the cause "
                             "is likely common, and draining would not help",
                             now.alerting.size(), now.share, candidate.target.backend,
                             format_duration(limits.mass_alert_window), limits.mass_alert_percent)};
}

std::size_t Guards::recent_admissions() const {
  std::size_t count = 0;
  const auto& all = book_.admitted();
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    if (now_ - *(*each)->admitted >= limits_.rate_window) break;
    if ((*each)->origin.from_alert() && recent(*(*each)->admitted, now_, limits_.rate_window))
      ++count;
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

// Those that were ever in force. None of them leaves the book while this decides.
const Book::Pointers& Guards::outings_of(const ServerRef& target, const View& view) {
  static const Book::Pointers none;
  auto& of_servers = tally(view, target.backend).outings;
  if (!of_servers) {
    of_servers.emplace();
    for (const Override* each : book_.of_backend(target.instance, target.backend)) {
      const auto* server = each->in_force ? view.find(key_of(each->target)) : nullptr;
      if (server != nullptr) (*of_servers)[server->name].push_back(each);
    }
  }
  const auto* server = view.find(key_of(target));
  const auto found = server == nullptr ? of_servers->end() : of_servers->find(server->name);
  return found == of_servers->end() ? none : found->second;
}

std::optional<Refusal> Guards::flap(const Override& candidate, const View& view) {
  const BackendLimits& limits = limits_.of(candidate.target.backend);
  std::vector<Outing> outings;
  for (const Override* each : outings_of(candidate.target, view)) {
    if (each->id == candidate.id) continue;
    outings.push_back(
        {*each->in_force, each->ended.value_or(Time::max()), each->origin.from_alert()});
  }
  std::size_t cycles = 0;
  Time last{};
  for (const Outing& each : merged(std::move(outings))) {
    if (!each.alert || each.end == Time::max() || !recent(each.end, now_, limits.flap_window)) {
      continue;
    }
    ++cycles;
    last = std::max(last, each.end);
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
