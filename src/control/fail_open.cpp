#include "steward/control/fail_open.hpp"

#include <algorithm>
#include <map>
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
    sort_out();
    for (const auto& [backend, wishes] : alerts_) {
      if (world_.policy.limits.of(backend).fail_open) suspend_in(backend, wishes);
    }
    for (const std::string& id : suspended_) give_back(*draft_.book().find(id));
  }

 private:
  // Alerts' state wishes that are in force, by backend; and those that are suspended.
  void sort_out() {
    for (const auto& [target, shelf] : draft_.book().shelves(view_.instance())) {
      for (const Override* each : shelf.live) {
        if (!each->origin.from_alert() || !keeps_out(*each)) continue;
        if (each->suspension.now) suspended_.insert(each->id);
        if (counts(*each) && !each->forced) add(*each);
      }
    }
  }

  // It is of use to its own backend, and to those of servers that track it.
  void add(const Override& override) {
    alerts_[override.target.backend].push_back(override.id);
    if (override.value.setting == Setting::weight) return;
    const ServerKey key{override.target.backend, override.target.server};
    for (const ServerKey& each : view_.topology().trackers(key)) {
      auto& ids = alerts_[std::string(each.backend)];
      if (std::ranges::find(ids, override.id) == ids.end()) ids.push_back(override.id);
    }
  }

  // How many more it needs than serve, or are on their way back.
  [[nodiscard]] std::size_t missing(const std::string& backend) const {
    const Limits& limits = world_.policy.limits;
    const BackendLimits& own = limits.of(backend);
    std::size_t serving = 0;
    for (const ServerState& row : view_.backend(backend)) {
      const bool backup = !own.count_backups && view_.topology().of({row.backend, row.name}).backup;
      serving += !backup && (usable(row) || is_returning(row)) ? 1U : 0U;
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

  void suspend_in(const std::string& backend, const std::vector<std::string>& wishes) {
    std::size_t lacking = missing(backend);
    if (lacking == 0) return;
    std::vector<std::string> newest_first = wishes;
    std::ranges::sort(newest_first, std::greater{});
    for (const std::string& id : newest_first) {
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
    const bool itself =
        backend == key.backend && !without_alerts(override.target, Setting::weight, *row);
    return itself || follows(key, backend);
  }

  // Whether one of the backend tracks the server, and nothing else keeps it out.
  [[nodiscard]] bool follows(const ServerKey& leader, const std::string& backend) const {
    constexpr std::uint32_t kItsOwn =
        stats::forced_maint | stats::config_maint | stats::resolution_maint | stats::forced_drain;
    return std::ranges::any_of(view_.topology().trackers(leader), [&](const ServerKey& each) {
      const ServerState* row = each.backend == backend ? view_.find(each) : nullptr;
      return row != nullptr && (row->admin & kItsOwn) == 0 && row->user_weight > 0;
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
  std::map<std::string, std::vector<std::string>> alerts_;  // ids
  std::set<std::string> suspended_;
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
