#include "steward/control/step_sight.hpp"

#include <algorithm>

#include "steward/control/parting.hpp"
#include "steward/control/records.hpp"

#include "steward/control/availability.hpp"
#include "steward/control/effect.hpp"
#include "steward/control/records.hpp"

namespace steward::control {
namespace {

bool is_down(const stats::ServerState& row) {
  return row.operational == stats::op_stopped && !row.in_maint();
}

std::string_view why_unusable(const stats::ServerState& row) {
  if (row.in_maint()) return "is in maintenance";
  if (row.drained()) return "is drained";
  return row.user_weight == 0 && !is_down(row) ? "has weight 0" : "is down";
}

}  // namespace

const View* StepSight::view_of(const std::string& instance) const {
  if (instance == view_.instance()) return &view_;
  const Sight& sight = sight_of(world_, instance);
  return sight.trouble.empty() ? sight.view : nullptr;
}

const stats::ServerState* StepSight::row_of(const std::string& instance,
                                            const std::string& server) const {
  const View* view = view_of(instance);
  return view == nullptr ? nullptr : view->find({rollout_.backend, server});
}

std::vector<std::string> StepSight::idle() const {
  std::vector<std::string> all;
  for (const std::string& instance : rollout_.instances) {
    const auto* row = row_of(instance, step_.out);
    if (row != nullptr && !usable(*row)) all.push_back(instance);
  }
  return all;
}

std::string StepSight::held_by_another() const {
  for (const std::string& instance : rollout_.instances) {
    const auto* row = row_of(instance, step_.out);
    const auto* shelf = book_.shelf({instance, rollout_.backend, step_.out});
    if (row == nullptr || shelf == nullptr) continue;
    for (const Override* each : shelf->live) {
      const bool other = each->origin.part_of != rollout_.id && counts(*each);
      if (other && takes_out(wanted(each->value, *row))) {
        return fmt::format("{} keeps it out of {}: {}", owner_of(*each), instance, each->id);
      }
    }
    const Hold* hold = shelf->find(Setting::state);
    if (hold != nullptr && hold->baseline.level != kReady && hold->by == Provenance::person) {
      return fmt::format("somebody set it to {} in {}, at HAProxy itself",
                         to_string(hold->baseline), instance);
    }
  }
  return {};
}

// Undone is what is as it was before: down, for all the rollout knows.
bool StepSight::may_idle(const std::string& instance, const stats::ServerState& row) const {
  return row.name == step_.out && std::ranges::find(step_.idle, instance) != step_.idle.end() &&
         (step_.stage == StepStage::undoing || !is_down(row));
}

std::string StepSight::not_serving(const std::string& server) const {
  for (const std::string& instance : rollout_.instances) {
    if (view_of(instance) == nullptr) return instance + " cannot be read";
    const auto* row = row_of(instance, server);
    if (row == nullptr) return fmt::format("{} has no {}", instance, server);
    if (usable(*row) || may_idle(instance, *row)) continue;
    return fmt::format("{} {} in {}", server, why_unusable(*row), instance);
  }
  return {};
}

std::string StepSight::down_in(const std::string& server) const {
  for (const std::string& instance : rollout_.instances) {
    const auto* row = row_of(instance, server);
    if (row != nullptr && is_down(*row)) return instance;
  }
  return {};
}

bool StepSight::all_out() const {
  return std::ranges::all_of(step_.overrides, [&](const std::string& id) {
    const Override* each = book_.find(id);
    if (each == nullptr || each->phase != Phase::active) return false;
    const auto* row = row_of(each->target.instance, each->target.server);
    return row != nullptr && !stricter(wanted(each->value, *row), observe(Setting::state, *row));
  });
}

bool StepSight::let_go() const {
  return std::ranges::none_of(step_.overrides, [&](const std::string& id) {
    const Override* each = book_.find(id);
    return each != nullptr && live(each->phase);
  });
}

std::string StepSight::why_ended() const {
  for (const std::string& id : step_.overrides) {
    const Override* each = book_.find(id);
    if (each != nullptr && live(each->phase) && each->phase != Phase::releasing) continue;
    return "what kept it out has ended" + (each == nullptr ? "" : ": " + each->detail);
  }
  return {};
}

std::optional<std::uint64_t> StepSight::sessions() const {
  std::uint64_t all = 0;
  for (const std::string& instance : rollout_.instances) {
    const View* view = view_of(instance);
    if (view == nullptr) return std::nullopt;
    const auto some = sessions_since(*view, {instance, rollout_.backend, step_.out}, step_.since);
    if (!some) return std::nullopt;
    all += *some;
  }
  return all;
}

std::vector<Answered> StepSight::answered() const {
  std::vector<Answered> all;
  for (const std::string& instance : rollout_.instances) {
    const View* view = view_of(instance);
    const Activities* activities = view == nullptr ? nullptr : view->activities();
    const Activity* each =
        activities == nullptr ? nullptr : activities->find({rollout_.backend, serving()});
    all.push_back(each == nullptr ? Answered{} : Answered{each->answers, each->answers_5xx});
  }
  return all;
}

Answered StepSight::answered_since() const {
  const std::vector<Answered> now = answered();
  Answered since;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const Answered before = i < step_.before_soak.size() ? step_.before_soak[i] : Answered{};
    const bool reset = now[i].all < before.all || now[i].errors < before.errors;
    since.all += now[i].all - (reset ? 0 : before.all);
    since.errors += now[i].errors - (reset ? 0 : before.errors);
  }
  return since;
}

std::string StepSight::too_many_errors() const {
  constexpr std::uint64_t kFew = 20;
  constexpr double kPercent = 100.0;
  if (!rollout_.terms.max_5xx) return {};
  const Answered since = answered_since();
  if (since.all < kFew) return {};
  const double share =
      kPercent * static_cast<double>(since.errors) / static_cast<double>(since.all);
  if (share <= *rollout_.terms.max_5xx) return {};
  return fmt::format("{} of {} answers of {} were 5xx, {:.1f}%; the limit is {}%", since.errors,
                     since.all, serving(), share, *rollout_.terms.max_5xx);
}

}  // namespace steward::control
