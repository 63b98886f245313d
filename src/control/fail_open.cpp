#include "steward/control/fail_open.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "steward/base/duration.hpp"
#include "steward/control/availability.hpp"
#include "steward/control/effect.hpp"
#include "steward/control/gate.hpp"
#include "steward/control/lifecycle.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

// Whether it keeps a server out by its state or its weight. A health that is pinned down has no
// checks that would say that the server is well.
bool keeps_out(const Override& override) {
  const bool known =
      override.value.setting == Setting::state || override.value.setting == Setting::weight;
  return known && takes_out(override.value);
}

std::chrono::milliseconds calm_of(const Override& override, std::chrono::milliseconds least) {
  constexpr std::uint32_t kMostDoublings = 5;
  const std::uint32_t times = std::max<std::uint32_t>(override.suspension.times, 1) - 1;
  return least * (1U << std::min(times, kMostDoublings));
}

class FailOpen {
 public:
  FailOpen(Draft& draft, const World& world, const View& view)
      : draft_(draft),
        world_(world),
        view_(view),
        witness_(draft.book().witness(view.instance())),
        lifecycle_(draft, world),
        gate_(draft.book(), world.policy.limits, view, world.now, false) {}

  void run() {
    note_suspended();
    if (draft_.book().shelves(view_.instance()).empty()) return;
    for (const std::string_view backend : view_.backends()) {
      const BackendLimits& limits = world_.policy.limits.of(backend);
      if (limits.fail_open && !has_enough(backend, limits)) suspend_in(std::string(backend));
    }
    for (const std::string& id : suspended_) give_back(*draft_.book().find(id));
  }

 private:
  void note_suspended() {
    for (const Override* each : draft_.book().pending(view_.instance())) {
      const bool mine = each->origin.from_alert() && keeps_out(*each);
      if (mine && each->suspension.now) suspended_.insert(each->id);
    }
  }

  // Whether so many serve that nothing can be missing, whoever else counts.
  [[nodiscard]] bool has_enough(std::string_view backend, const BackendLimits& limits) const {
    const ServerRows rows = view_.backend(backend);
    const std::size_t most = floor_of(limits, rows.size());
    std::size_t serving = 0;
    for (const ServerState& row : rows) {
      if (!usable(row) || is_spare(row, limits)) continue;
      if (++serving >= most) return true;
    }
    return false;
  }

  [[nodiscard]] bool is_spare(const ServerState& row, const BackendLimits& limits) const {
    return !limits.count_backups && view_.topology().of({row.backend, row.name}).backup;
  }

  // Alerts' wishes that are in force and may keep servers of the backend out: about themselves, and
  // about the state of those that they track. The newest first.
  using Ids = std::set<std::string, std::greater<>>;
  [[nodiscard]] Ids wishes_of(const std::string& backend) const {
    Ids all;
    for (const ServerState& row : view_.backend(backend)) {
      const ServerKey key{row.backend, row.name};
      add(key, true, all);
      for (const ServerKey& leader : view_.topology().leaders(key)) {
        add(leader, false, all);
      }
    }
    return all;
  }

  void add(const ServerKey& key, bool weights, Ids& all) const {
    const Book::Shelf* shelf =
        draft_.book().shelf({view_.instance(), std::string(key.backend), std::string(key.server)});
    if (shelf == nullptr) return;
    for (const Override* each : shelf->live) {
      const bool keeps = each->origin.from_alert() && keeps_out(*each) && counts(*each);
      const bool weight = each->value.setting == Setting::weight;
      if (keeps && !each->forced && (weights || !weight)) all.insert(each->id);
    }
  }

  // How many more it needs than serve, or are on their way back.
  [[nodiscard]] std::size_t missing(const std::string& backend) const {
    const Limits& limits = world_.policy.limits;
    const BackendLimits& own = limits.of(backend);
    std::size_t serving = 0;
    for (const ServerState& row : view_.backend(backend)) {
      serving += !is_spare(row, own) && (usable(row) || is_returning(row)) ? 1U : 0U;
    }
    const std::size_t floor = floor_of(own, share_of(draft_.book(), limits, view_, backend));
    return floor > serving ? floor - serving : 0;
  }

  // Whether only its state or its weight keeps it out, nobody wishes that any more, and it is well:
  // it has not been let in yet.
  [[nodiscard]] bool is_returning(const ServerState& row) const {
    const Book::Shelf* shelf =
        draft_.book().shelf({view_.instance(), std::string(row.backend), std::string(row.name)});
    if (shelf == nullptr || std::ranges::any_of(shelf->holds, &Hold::stuck)) return false;
    const bool out = observe(Setting::state, row).level != kReady || row.user_weight == 0;
    if (!out || !addressed(row) || !(row.running() || row.in_maint())) return false;
    return wanted_in_service(draft_.book(), view_, row) && checks_pass(view_, witness_, row);
  }

  void suspend_in(const std::string& backend) {
    const Ids wishes = wishes_of(backend);
    spares_help_ = std::ranges::none_of(view_.backend(backend), usable);
    std::size_t lacking = wishes.empty() ? 0 : missing(backend);
    for (const std::string& id : wishes) {
      if (lacking == 0) return;
      const Override* each = draft_.book().find(id);
      if (!counts(*each) || !helps(*each, backend)) continue;
      suspend_all(each->target, backend, lacking);
      --lacking;
    }
  }

  // Whether a server of the backend would serve without the alerts' wishes about this one, and the
  // checks of this one pass.
  [[nodiscard]] bool helps(const Override& override, const std::string& backend) const {
    const ServerKey key{override.target.backend, override.target.server};
    const ServerState* row = view_.find(key);
    if (row == nullptr || !well(view_, witness_, *row)) return false;
    const bool out = observe(Setting::state, *row).level != kReady || row->user_weight == 0;
    if (!out || without_alerts(override.target, Setting::state, *row)) return false;
    const bool itself = backend == key.backend && is_of_use(*row) &&
                        !without_alerts(override.target, Setting::weight, *row);
    return itself || follows(key, backend);
  }

  // A backup is no part of the floor, and HAProxy prefers it to those after it: it is of use only
  // where nobody serves.
  [[nodiscard]] bool is_of_use(const ServerState& row) const {
    return spares_help_ || !is_spare(row, world_.policy.limits.of(row.backend));
  }

  // Whether one of the backend tracks the server, and nothing else keeps it out.
  [[nodiscard]] bool follows(const ServerKey& leader, const std::string& backend) const {
    constexpr std::uint32_t kItsOwn =
        stats::forced_maint | stats::config_maint | stats::resolution_maint | stats::forced_drain;
    return std::ranges::any_of(view_.topology().trackers(leader), [&](const ServerKey& each) {
      const ServerState* row = each.backend == backend ? view_.find(each) : nullptr;
      const bool free = row != nullptr && (row->admin & kItsOwn) == 0 && row->user_weight > 0;
      return free && is_of_use(*row);
    });
  }

  // Whether the setting keeps it out although no alert wishes so.
  [[nodiscard]] bool without_alerts(const ServerRef& target, Setting aspect,
                                    const ServerState& row) const {
    const Book::Shelf* shelf = draft_.book().shelf(target);
    Book::Pointers others;
    for (const Override* each : shelf->live) {
      const bool other =
          each->value.setting == aspect && counts(*each) && !each->origin.from_alert();
      if (other) others.push_back(each);
    }
    return takes_out(compose(baseline_of(shelf, aspect, row), others, row));
  }

  void suspend_all(const ServerRef& target, const std::string& backend, std::size_t lacking) {
    const Book::Pointers all = draft_.book().shelf(target)->live;
    for (const Override* each : all) {
      const bool alert = each->origin.from_alert() && keeps_out(*each);
      if (!alert || each->phase == Phase::releasing || each->suspension.now) continue;
      lifecycle_.suspend(
          *each, {Guard::suspended,
                  fmt::format("{} is {} short of its floor, and this server's checks pass", backend,
                              lacking == 1 ? "one server" : fmt::format("{} servers", lacking))});
      suspended_.insert(each->id);
    }
  }

  // A wish goes back to those that wait when the gate has had room for it all the while.
  void give_back(const Override& override) {
    const ServerState* row = view_.find({override.target.backend, override.target.server});
    if (row == nullptr || !override.suspension.now) return;
    const bool room = !gate_.check(
        {{row->backend, row->name}, wanted(override.value, *row), override.origin.kind, false});
    const auto calm = override.suspension.calm_since;
    if (room && calm && world_.now - *calm >= calm_of(override, world_.policy.limits.calm)) {
      return lifecycle_.unsuspend(override);
    }
    if (room == calm.has_value()) return;
    Override changed = override;
    changed.suspension.calm_since = room ? std::optional(world_.now) : std::nullopt;
    draft_.put(std::move(changed));
  }

  Draft& draft_;
  const World& world_;
  const View& view_;
  const Witness& witness_;
  const Lifecycle lifecycle_;
  Gate gate_;
  std::set<std::string> suspended_;
  bool spares_help_ = false;  // in the backend that is looked at
};

}  // namespace

void fail_open(Draft& draft, const World& world, const View& view) {
  FailOpen(draft, world, view).run();
}

bool is_open(const Book& book, const std::string& instance, const std::string& backend) {
  const auto& all = book.of_backend(instance, backend);
  return std::ranges::any_of(all, [](const Override* each) { return each->suspension.now; });
}

}  // namespace steward::control
