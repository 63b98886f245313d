// Steps of a plan → HAProxy.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "steward/control/step.hpp"
#include "steward/runtime/socket.hpp"

namespace steward::daemon {

// Sends the steps, in order, chained in as few transactions as fit, those that ask for it alone.
// Returns what was said to each. In a chain HAProxy's words cannot be told apart, so that they are
// given only when there are none (it obeyed) or when a step was alone. A transaction that fails is
// its steps' answer; those behind it are still tried, unless more than limits::kViewAge has gone
// by: then HAProxy is to be looked at first, and nothing is said of them.
[[nodiscard]] std::vector<control::Done> carry_out(
    const std::vector<control::Step>& steps, runtime::RuntimeSocket& socket,
    const std::function<runtime::Deadline()>& deadline);

}  // namespace steward::daemon
