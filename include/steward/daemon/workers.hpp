// The workers a reload left behind, asked through the master socket.
#pragma once

#include <memory>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/config/config.hpp"
#include "steward/runtime/socket.hpp"
#include "steward/stats/snapshot.hpp"

namespace steward::daemon {

// A client of the instance's master socket; null: none is configured. `interrupt` must outlive it.
[[nodiscard]] std::unique_ptr<runtime::SocketClient> master_of(const config::Instance& instance,
                                                               const runtime::Interrupt& interrupt);

// A worker that ends while it is asked, or does not answer soon, is left out; the first
// limits::kOldWorkers are asked. `left_out`, unless null, is how many these were.
[[nodiscard]] Result<std::vector<stats::OldWorker>> read_old_workers(
    runtime::RuntimeSocket& master, runtime::Deadline deadline, std::size_t* left_out = nullptr);

}  // namespace steward::daemon
