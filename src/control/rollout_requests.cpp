#include "steward/control/rollout_requests.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"
#include "steward/base/words.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/membership_requests.hpp"
#include "steward/control/rolling.hpp"
#include "steward/control/server_options.hpp"

namespace steward::control {
namespace {

constexpr auto kChanges = words_of<RolloutChange>("pause", "resume", "approve", "abort");

class Starting {
 public:
  Starting(Draft& draft, const World& world, const RolloutRequest& request, const Caller& caller)
      : draft_(draft), world_(world), request_(request), caller_(caller) {}

  tl::expected<Rollout, Refusal> run() {
    std::optional<Refusal> wrong = forbidden();
    if (!wrong) wrong = malformed();
    if (!wrong) wrong = find_instances();
    if (!wrong) wrong = rolled_already();
    for (const auto& pair : request_.pairs) {
      if (!wrong) wrong = check(pair);
    }
    if (wrong) return tl::unexpected(*wrong);
    return begin();
  }

 private:
  [[nodiscard]] bool replaces() const {
    return std::ranges::any_of(request_.pairs, [](const auto& pair) { return !pair.in.empty(); });
  }

  [[nodiscard]] std::optional<Refusal> forbidden() const {
    std::vector<Action> actions{Action::rollout};
    if (replaces()) actions.insert(actions.end(), {Action::add, Action::remove});
    for (const Action action : actions) {
      if (auto why = why_forbidden(caller_.principal, action, request_.backend)) {
        return Refusal{Guard::forbidden, *why};
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Refusal> malformed() const {
    const auto invalid = [](std::string why) {
      return Refusal{Guard::invalid_value, std::move(why)};
    };
    if (request_.pairs.empty()) return invalid("a rollout needs servers: cycle, or replace");
    if (request_.pairs.size() > limits::kTargets) {
      return invalid(fmt::format("more than {} servers", limits::kTargets));
    }
    if (request_.terms.max_parallel == 0) return invalid("max_parallel: at least 1");
    std::set<std::string> names;
    for (const auto& pair : request_.pairs) {
      for (const auto* name : {&pair.out, &pair.in}) {
        if (name->empty() && name == &pair.in) continue;
        if (!valid_haproxy_name(*name)) {
          return invalid(fmt::format("'{}' is not the name of a server", printable(*name, 80)));
        }
        if (!names.insert(*name).second) return invalid(*name + " is named twice");
      }
    }
    return std::nullopt;
  }

  std::optional<Refusal> find_instances() {
    std::vector<std::string> known;
    for (const auto& [name, sight] : world_.sights) {
      if (request_.instance && *request_.instance != name) continue;
      if (sight.view == nullptr || !sight.trouble.empty()) {
        return Refusal{Guard::unreachable,
                       fmt::format("{} cannot be read: {}", name, sight.trouble)};
      }
      if (!sight.view->backend(request_.backend).empty()) instances_.push_back(name);
      for (const auto backend : sight.view->backends()) known.emplace_back(backend);
    }
    if (!instances_.empty()) return std::nullopt;
    return Refusal{Guard::unknown_server, fmt::format("there is no backend '{}' with servers; {}",
                                                      printable(request_.backend, 80),
                                                      suggestion(request_.backend, known))};
  }

  [[nodiscard]] std::optional<Refusal> rolled_already() const {
    for (const auto& [id, each] : draft_.book().rollouts()) {
      const bool same =
          live(each.phase) && each.backend == request_.backend &&
          std::ranges::find_first_of(each.instances, instances_) != each.instances.end();
      if (same) {
        return Refusal{Guard::exists, fmt::format("{} has a rollout already: {}, {}", each.backend,
                                                  id, to_string(each.phase))};
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Refusal> check(const RolloutRequest::Pair& pair) const {
    for (const std::string& instance : instances_) {
      const View& view = *world_.sights.find(instance)->second.view;
      const auto* out = view.find({request_.backend, pair.out});
      if (out == nullptr) return unknown(view, pair.out);
      if (auto busy = why_busy(draft_.book(), {instance, request_.backend, pair.out}, {})) {
        return busy;
      }
      if (pair.in.empty()) continue;
      if (auto busy = why_busy(draft_.book(), {instance, request_.backend, pair.in}, {})) {
        return busy;
      }
      if (view.find({request_.backend, pair.in}) != nullptr) {
        return Refusal{Guard::exists, fmt::format("{} has {} already", instance, pair.in)};
      }
      const auto options = server_options(request_.terms.options, out,
                                          view.topology().of({request_.backend, pair.out}));
      const auto address = parse_server_address(pair.address);
      if (!options) return Refusal{Guard::invalid_value, options.error().message};
      if (!address) return Refusal{Guard::invalid_value, address.error().message};
    }
    return std::nullopt;
  }

  [[nodiscard]] Refusal unknown(const View& view, const std::string& server) const {
    std::vector<std::string> names;
    for (const auto& row : view.backend(request_.backend)) names.emplace_back(row.name);
    return {Guard::unknown_server, fmt::format("{} has no server '{}' in {}; {}", request_.backend,
                                               server, view.instance(), suggestion(server, names))};
  }

  Rollout begin() {
    Rollout rollout;
    rollout.id = world_.new_id();
    rollout.backend = request_.backend;
    rollout.instances = instances_;
    rollout.terms = request_.terms;
    rollout.principal = caller_.principal.name;
    rollout.reason = request_.reason;
    rollout.created = world_.now;
    for (const auto& pair : request_.pairs) {
      RolloutStep step;
      step.out = pair.out;
      step.in = pair.in;
      step.address = pair.address;
      step.since = world_.now;
      rollout.steps.push_back(std::move(step));
    }
    Lifecycle(draft_, world_, &caller_).record(rollout, Event::rollout_started, request_.reason);
    return rollout;
  }

  Draft& draft_;
  const World& world_;
  const RolloutRequest& request_;
  const Caller& caller_;
  std::vector<std::string> instances_;
};

// What waits, or was paused, has all its time before it again.
void resume(Rollout& rollout, Time now) {
  rollout.phase = RolloutPhase::running;
  for (RolloutStep& step : rollout.steps) step.since = now;
}

std::size_t approve(Rollout& rollout, const std::string& server) {
  std::size_t count = 0;
  for (RolloutStep& step : rollout.steps) {
    if (step.stage != StepStage::approval || (!server.empty() && step.out != server)) continue;
    step.approved = true;
    ++count;
  }
  return count;
}

}  // namespace

std::string_view to_string(RolloutChange change) { return kChanges.of(change); }
Result<RolloutChange> parse_rollout_change(std::string_view text) {
  return kChanges.parse("change of a rollout", text);
}

tl::expected<Rollout, Refusal> start_rollout(Draft& draft, const World& world,
                                             const RolloutRequest& request, const Caller& caller) {
  return Starting(draft, world, request, caller).run();
}

tl::expected<Rollout, Refusal> change_rollout(Draft& draft, const World& world,
                                              const Rollout& rollout, RolloutChange change,
                                              const std::string& server, const std::string& reason,
                                              const Caller& caller) {
  if (auto why = why_forbidden(caller.principal, Action::rollout, rollout.backend)) {
    return refuse(Guard::forbidden, *std::move(why));
  }
  const auto in_vain = [&] {
    return refuse(Guard::exists,
                  fmt::format("rollout {} is {}: it cannot be told to {}", rollout.id,
                              to_string(rollout.phase), to_string(change)));
  };
  Rollout changed = rollout;
  const Lifecycle lifecycle(draft, world, &caller);
  const std::string_view verdict = reason.empty() ? server : reason;
  const bool running = rollout.phase == RolloutPhase::running;
  const bool paused = rollout.phase == RolloutPhase::paused;
  if (change == RolloutChange::abort) {
    if (!running && !paused) return in_vain();
    roll_back(draft, world, std::move(changed),
              caller.principal.name + " aborted it" + (reason.empty() ? "" : ": " + reason),
              &caller);
    return *draft.book().rollout(rollout.id);
  }
  if (change == RolloutChange::pause) {
    if (!running) return in_vain();
    changed.phase = RolloutPhase::paused;
    lifecycle.record(changed, Event::rollout_paused, verdict);
  } else if (change == RolloutChange::resume) {
    if (!paused) return in_vain();
    resume(changed, world.now);
    lifecycle.record(changed, Event::rollout_resumed, verdict);
  } else if (approve(changed, server) == 0) {
    return refuse(Guard::exists, fmt::format("rollout {}: {} does not wait for an approval",
                                             rollout.id, server.empty() ? "no server" : server));
  } else {
    lifecycle.record(changed, Event::rollout_approved, verdict);
  }
  return changed;
}

}  // namespace steward::control
