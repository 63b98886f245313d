// What the webhook was told, decoded: an Alertmanager delivery, or manual actions. Plain values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/base/time.hpp"
#include "steward/control/matcher.hpp"
#include "steward/control/value.hpp"

namespace steward::control {

struct Alert {
  bool firing = false;
  Labels labels;
  std::string fingerprint;  // Alertmanager's, or made of the labels if it sent none (< 0.19)
  Time starts_at{};
  bool operator==(const Alert&) const = default;
};

// One POST of Alertmanager's: the whole group, not what changed in it.
struct Delivery {
  std::string receiver, group_key;
  std::vector<Alert> alerts;
  std::uint64_t truncated = 0;  // alerts of the group that were left out: nothing is inferred
  bool operator==(const Delivery&) const = default;
};

// One manual wish. `value` decides the setting; state ready, checks enabled and agent enabled are
// the undoing of overrides rather than overrides (Setting::health by-checks: "health auto").
struct ManualAction {
  std::optional<std::string> instance;  // empty: every instance that has the server
  std::string backend, server;
  Value value;
  // How long it holds; empty: the configured lease of manual overrides. Zero: until released.
  std::optional<std::chrono::milliseconds> lease;
  // Of a weight in percent: how it is reached. Without a lease, one to 100% ends when it is over.
  struct Climb {
    std::uint16_t from = 0;
    std::chrono::milliseconds over{0};
    bool operator==(const Climb&) const = default;
  };
  std::optional<Climb> ramp;
  std::string reason;
  bool force = false;
  bool return_safely = true;
  bool operator==(const ManualAction&) const = default;
};

struct ManualRequest {
  std::vector<ManualAction> actions;
  bool dry_run = false;
  bool operator==(const ManualRequest&) const = default;
};

using Payload = std::variant<Delivery, ManualRequest>;

}  // namespace steward::control
