// A control core within this process, for a HAProxy without a daemon beside it.
#pragma once

#include <chrono>
#include <memory>

#include "steward/base/address.hpp"
#include "steward/base/result.hpp"
#include "steward/cli/client.hpp"

namespace steward::cli {

// What is asked of it goes through the same routes, guards and reconciler as a daemon's, as an
// admin; but there are no rules, and its ledger is in a private temporary folder that goes with
// it. What is in force then stays as it is: nothing is released, and nothing expires.
// Fails when HAProxy cannot be asked within `timeout`.
[[nodiscard]] Result<std::unique_ptr<Client>> local_client(const Address& socket,
                                                           std::chrono::milliseconds timeout);

}  // namespace steward::cli
