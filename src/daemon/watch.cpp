#include "steward/daemon/watch.hpp"

#include <algorithm>
#include <tuple>

#include "steward/base/limits.hpp"
#include "steward/daemon/dump.hpp"
#include "steward/daemon/workers.hpp"
#include "steward/runtime/commands.hpp"
#include "steward/stats/info.hpp"
#include "steward/stats/stat_parser.hpp"

namespace steward::daemon {
namespace {

using runtime::Deadline;
using std::chrono::steady_clock;

// Fewer servers are read whole sooner than their backends are asked for one by one.
constexpr std::size_t kServersReadWhole = 200;
constexpr std::size_t kBackendsAgain = 16;
constexpr auto kAskedAgain = std::chrono::seconds(1);  // `show stat`, for what it did not tell

constexpr auto kRounded = std::chrono::seconds(1);  // HAProxy tells whole seconds

// Whether a row is of another server than the one before, of the same name.
bool are_two(const stats::ServerState& before, const stats::ServerState& row) {
  const auto kind = [](const stats::ServerState& each) {
    constexpr std::uint32_t kHas = stats::check_configured;
    return std::tuple(each.initial_weight, each.check_state & kHas, each.agent_state & kHas);
  };
  return kind(before) != kind(row) || control::has_moved(before, row);
}

// Whether each of the backends has a server.
bool has_all(const stats::ServersState& servers, const std::vector<std::string>& backends) {
  return std::ranges::all_of(backends, [&](const std::string& backend) {
    return std::ranges::find(servers.rows(), backend, &stats::ServerState::backend) !=
           servers.rows().end();
  });
}

}  // namespace

// The first empty line ends the answer to `show info`.
Result<Watch::Answer> Watch::ask(const std::string& states, Deadline deadline) {
  auto text = runtime::ask(socket_, "show info;" + states, deadline);
  if (!text) return tl::unexpected(text.error());
  const std::size_t end = text->find("\n\n");
  if (end == std::string::npos) {
    return fail(ErrorCode::malformed, "show info: the answer does not end in an empty line");
  }
  const auto info = stats::parse_info(std::string_view(*text).substr(0, end + 2));
  if (!info) return tl::unexpected(info.error());
  auto servers = stats::parse_servers_state(text->substr(end + 2));
  if (!servers) return tl::unexpected(servers.error());
  return Answer{control::epoch_of(*info), *std::move(servers)};
}

bool Watch::knows_topology(const Answer& answer) const {
  return topology_ && topology_epoch_ == answer.epoch.id && topology_->is_of(answer.servers) &&
         steady_clock::now() - topology_read_ <
             (topology_->awaits_answers() ? limits::kTopologyAgeAwaiting : limits::kTopologyAge);
}

// Whether a server came out of maintenance since the last look: that may be another one of the same
// name, which tracks another one, or is a backup.
bool Watch::anything_let_in(const Answer& answer) const {
  if (!last_ || last_->epoch() != answer.epoch.id) return false;
  // By HAProxy's own clock, in whole seconds.
  const auto gap = answer.epoch.uptime - last_->uptime();
  return std::ranges::any_of(answer.servers.rows(), [&](const stats::ServerState& row) {
    if (row.in_maint() || std::chrono::seconds(row.since_last_change) > gap + kRounded) {
      return false;
    }
    const auto* before = last_->find({row.backend, row.name});
    if (before == nullptr || before->in_maint() || are_two(*before, row)) return true;
    // In and out of it between two looks, it shows only as a change without one.
    const bool within = std::chrono::seconds(row.since_last_change) + kRounded < gap;
    return within && before->running() && row.running() && before->admin == row.admin;
  });
}

Result<void> Watch::read_topology(const Answer& answer, Deadline deadline) {
  Demand demand;
  demand.stat_types = kBackendType | kServerType;
  auto dump = read_dump(socket_, demand, plan_reading(config::Pacing::automatic, shape_), deadline);
  if (!dump) return tl::unexpected(dump.error());
  shape_ = shape_of(dump->stat);
  topology_ = std::make_shared<const control::Topology>(
      std::make_shared<const stats::StatTable>(std::move(dump->stat)));
  topology_epoch_ = answer.epoch.id;
  topology_read_ = steady_clock::now();
  return {};
}

// HAProxy says nothing of the checks of a server in maintenance: they are asked for again when it
// has left that.
void Watch::await_checks(const control::View& view) {
  awaited_.clear();
  for (const control::ServerKey& server : topology_->untold()) {
    const auto* row = view.find(server);
    const bool has_checks = row != nullptr && (row->check_state & stats::check_configured) != 0;
    if (has_checks) awaited_.push_back(server);
  }
}

Result<std::shared_ptr<const control::View>> Watch::read(Deadline deadline) {
  const Time began = clock_();
  auto answer = ask("show servers state", deadline);
  if (!answer) return tl::unexpected(answer.error());
  const bool fresh = !knows_topology(*answer) || anything_let_in(*answer);
  if (fresh) {
    if (auto done = read_topology(*answer, deadline); !done) return tl::unexpected(done.error());
  }
  control::View view(instance_, answer->epoch, began, std::move(answer->servers), topology_,
                     last_.get());
  if (fresh) await_checks(view);
  const auto tells_now = [&](const control::ServerKey& server) {
    const auto* row = view.find(server);
    return row != nullptr && control::checked(*row);
  };
  const bool just_read = steady_clock::now() - topology_read_ < kAskedAgain;
  if (!just_read && std::ranges::any_of(awaited_, tells_now)) topology_epoch_.clear();
  last_ = std::make_shared<const control::View>(view.with(activities_));
  return last_;
}

Result<std::shared_ptr<const control::View>> Watch::read_activities(
    const std::vector<std::string>& backends, Deadline deadline) {
  const Time began = clock_();
  std::vector<stats::StatTable> tables;
  for (const std::string& backend : backends) {
    const auto rows = last_->backend(backend);
    if (rows.empty()) continue;
    auto table = runtime::ask(socket_, runtime::show_servers(rows.front().backend_id), deadline)
                     .and_then([](const std::string& text) { return stats::parse_stat(text); });
    if (!table) return tl::unexpected(table.error());
    tables.push_back(*std::move(table));
  }
  std::vector<stats::StatTable> old;
  if (master_ != nullptr) {
    std::size_t left_out = 0;
    auto workers = read_old_workers(*master_, deadline, &left_out);
    if (!workers || left_out > 0) return last_;  // what is left there nobody knows
    for (stats::OldWorker& each : *workers) old.push_back(std::move(each.stat));
  }
  activities_ =
      std::make_shared<const control::Activities>(began, std::move(tables), std::move(old));
  last_ = std::make_shared<const control::View>(last_->with(activities_));
  return last_;
}

Result<std::shared_ptr<const control::View>> Watch::read_again(
    const std::vector<std::string>& backends, Deadline deadline) {
  // What is told next may touch any backend: the gate wants to see it as it is. Servers that track
  // others are in backends that nothing was told about.
  const bool old = !last_ || clock_() - last_->read_at() > limits::kViewAge;
  if (old || topology_->has_trackers() || last_->servers() <= kServersReadWhole ||
      backends.size() > kBackendsAgain) {
    return read(deadline);
  }
  std::string states;
  for (const std::string& backend : backends) {
    const auto text = runtime::show_state(backend);
    if (!text) return tl::unexpected(text.error());
    states += (states.empty() ? "" : ";") + *text;
  }
  auto answer = ask(states, deadline);
  // A backend that is gone or empty, or another process: look at everything.
  if (!answer || answer->epoch.id != last_->epoch() || !has_all(answer->servers, backends) ||
      anything_let_in(*answer)) {
    return read(deadline);
  }
  last_ = std::make_shared<const control::View>(last_->with(std::move(answer->servers)));
  return last_;
}

}  // namespace steward::daemon
