#include "steward/control/admission.hpp"

#include <algorithm>
#include <utility>

#include "steward/control/aspect.hpp"

namespace steward::control {

std::optional<Refusal> why_invalid(const Override& wish, const Sight& sight) {
  if (sight.view == nullptr) return std::nullopt;
  const ServerKey key{wish.target.backend, wish.target.server};
  const auto* server = sight.view->find(key);
  if (server == nullptr) return std::nullopt;
  const auto algorithm = sight.view->topology().algorithm(wish.target.backend);
  const Setting aspect = aspect_of(wish.value.setting);
  const auto level = wanted(wish.value, *server).level;
  if (aspect == Setting::weight && algorithm == "static-rr" && level != 0 &&
      level != server->initial_weight) {
    return Refusal{Guard::invalid_value,
                   fmt::format("{} balances by static-rr, which takes only the weights 0% and 100%",
                               wish.target.backend)};
  }
  if (aspect == Setting::weight && !server->srv_record.empty()) {
    return Refusal{
        Guard::invalid_value,
        fmt::format("{} has the weight of the SRV record {}, which HAProxy would set again",
                    to_string(wish.target), server->srv_record)};
  }
  if (aspect == Setting::health && sight.view->topology().tracks(key)) {
    return Refusal{
        Guard::invalid_value,
        fmt::format("{} tracks another server, whose health it has", to_string(wish.target))};
  }
  return std::nullopt;
}

// Instances behind one SRV record may differ in their port alone.
std::string address_of(const stats::ServerState& row) {
  if (row.srv_record.empty() || row.address.empty()) return std::string(row.address);
  return fmt::format("{}:{}", row.address, row.port);
}

std::string address_of(const Sight& sight, const ServerRef& target) {
  const auto* row =
      sight.view == nullptr ? nullptr : sight.view->find({target.backend, target.server});
  return row == nullptr ? std::string() : address_of(*row);
}

Mode mode_of(const Rule& rule, const Policy& policy) {
  return policy.shadow ? Mode::shadow : rule.mode;
}

bool in_shadow(const Override& override, const Policy& policy) {
  if (!override.origin.from_alert()) return false;
  const auto rule = std::ranges::find(policy.rules, override.origin.rule, &Rule::name);
  return policy.shadow || (rule != policy.rules.end() && rule->mode == Mode::shadow);
}

Override judged(Override wish, Guards& guards, const Sight& sight, Time now) {
  auto refusal = guards.check(wish, sight);
  wish.guard = refusal ? refusal->guard : Guard::none;
  wish.detail = refusal ? std::move(refusal->detail) : std::string();
  if (refusal) return wish;
  wish.admitted = now;
  guards.admit(wish, *sight.view);
  return wish;
}

Outcome outcome_of(const Override& override, Did did, std::size_t index) {
  Outcome outcome;
  outcome.alert = override.origin.fingerprint;
  outcome.index = index;
  outcome.did = did;
  outcome.override_id = override.id;
  outcome.target = override.target;
  outcome.value = override.value;
  outcome.rule = override.origin.rule;
  outcome.guard = override.guard;
  outcome.reason = override.detail;
  return outcome;
}

}  // namespace steward::control
