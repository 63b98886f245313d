#include "steward/daemon/workers.hpp"

#include <algorithm>

#include "steward/base/limits.hpp"
#include "steward/stats/stat_parser.hpp"

namespace steward::daemon {
namespace {

using runtime::Deadline;
using runtime::RuntimeSocket;

constexpr auto kWorkerTimeout = std::chrono::milliseconds(300);

// The master's socket stays open after an answer; "quit" closes it.
Result<std::string> ask_master(RuntimeSocket& master, std::string_view line, Deadline deadline) {
  return runtime::ask(master, fmt::format("{};quit", line), deadline);
}

Result<stats::OldWorker> read_worker(RuntimeSocket& master, const stats::Worker& worker,
                                     Deadline deadline) {
  const auto ask = [&](std::string_view command) {
    return ask_master(master, fmt::format("@!{} {}", worker.pid, command), deadline);
  };
  const auto info_text = ask("show info");
  if (!info_text) return tl::unexpected(info_text.error());
  auto info = stats::parse_info(*info_text);
  if (!info) return tl::unexpected(info.error());
  const auto stat_text = ask("show stat");
  if (!stat_text) return tl::unexpected(stat_text.error());
  auto stat = stats::parse_stat(*stat_text);
  if (!stat) return tl::unexpected(stat.error());
  return stats::OldWorker{worker, std::move(*info), std::move(*stat)};
}

}  // namespace

std::unique_ptr<runtime::SocketClient> master_of(const config::Instance& instance,
                                                 const runtime::Interrupt& interrupt) {
  if (!instance.master) return nullptr;
  return std::make_unique<runtime::SocketClient>(*instance.master, &interrupt);
}

Result<std::vector<stats::OldWorker>> read_old_workers(RuntimeSocket& master, Deadline deadline,
                                                       std::size_t* left_out) {
  const auto answer = ask_master(master, "show proc", deadline);
  if (!answer) return tl::unexpected(answer.error());
  const auto workers = stats::parse_processes(*answer);
  if (!workers) return tl::unexpected(workers.error());
  std::vector<stats::OldWorker> found;
  std::size_t old_ones = 0;
  for (const stats::Worker& worker : *workers) {
    old_ones += worker.old ? 1U : 0U;
    if (!worker.old || found.size() == limits::kOldWorkers) continue;
    // One that ends while it is asked leaves the question hanging in the master.
    const auto soon = std::min(deadline, std::chrono::steady_clock::now() + kWorkerTimeout);
    auto old = read_worker(master, worker, soon);
    if (old) found.push_back(std::move(*old));
  }
  if (left_out != nullptr) *left_out = old_ones - found.size();
  return found;
}

}  // namespace steward::daemon
