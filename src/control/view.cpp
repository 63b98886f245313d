#include "steward/control/view.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "steward/base/text.hpp"

namespace steward::control {
namespace {

using stats::Kind;
using stats::ServerState;

constexpr std::size_t kIndexed = 16;  // backends with more servers get an index

std::uint32_t positive(std::int64_t number) {
  return number > 0 ? static_cast<std::uint32_t>(number) : 0;
}

// "INI", or "* INI" while it is asked.
bool has_not_answered(std::string_view agent_status) { return agent_status.ends_with("INI"); }

// A server-state file brings the status of a check; not its code, and where there is none (as of
// tcp-check) neither what it said nor how long it took.
bool is_remembered(const stats::StatTable& stat, std::size_t row) {
  using stats::number;
  using stats::text;
  const auto& servers = stat.rows(Kind::server);
  return stat.text(Kind::server, text("check_status"), row).find("L7OK") !=
             std::string_view::npos &&
         servers.at(number("check_code"), row) <= 0 &&
         servers.at(number("check_duration"), row) <= 0 &&
         stat.text(Kind::server, text("last_chk"), row).empty();
}

}  // namespace

Topology::Topology(std::shared_ptr<const stats::StatTable> stat) : stat_(std::move(stat)) {
  using stats::number;
  using stats::text;
  const auto& servers = stat_->rows(Kind::server);
  for (std::size_t row = 0; row < servers.size(); ++row) {
    const ServerKey key{stat_->text(Kind::server, stats::kPxname, row),
                        stat_->text(Kind::server, stats::kSvname, row)};
    ServerFacts& facts = facts_[key];
    facts = {servers.at(number("bck"), row) > 0,
             positive(servers.at(number("check_rise"), row)),
             positive(servers.at(number("check_fall"), row)),
             positive(servers.at(number("slim"), row)),
             !has_not_answered(stat_->text(Kind::server, text("agent_status"), row)),
             !is_remembered(*stat_, row)};
    awaits_answers_ = awaits_answers_ || !facts.agent_heard || !facts.check_heard;
    if (facts.check_rise == 0) untold_.push_back(key);
    const auto tracked = split(stat_->text(Kind::server, text("tracked"), row), '/');
    if (tracked.size() != 2) continue;
    const ServerKey leader{tracked[0], tracked[1]};
    trackers_[leader].push_back(key);
    tracking_[key] = leader;
  }
  for (std::size_t row = 0; row < stat_->rows(Kind::backend).size(); ++row) {
    algorithms_[stat_->text(Kind::backend, stats::kPxname, row)] =
        stat_->text(Kind::backend, text("algo"), row);
  }
}

bool Topology::is_of(const stats::ServersState& servers) const {
  return facts_.size() == servers.rows().size() &&
         std::ranges::all_of(servers.rows(), [&](const ServerState& row) {
           return facts_.contains({row.backend, row.name});
         });
}

ServerFacts Topology::of(const ServerKey& server) const {
  const auto found = facts_.find(server);
  return found == facts_.end() ? ServerFacts{} : found->second;
}

std::vector<ServerKey> Topology::trackers(const ServerKey& server) const {
  std::vector<ServerKey> all;
  const auto add = [&](const ServerKey& leader) {
    const auto found = trackers_.find(leader);
    if (found == trackers_.end()) return;
    for (const ServerKey& each : found->second) {
      if (std::ranges::find(all, each) == all.end()) all.push_back(each);
    }
  };
  add(server);
  for (std::size_t i = 0; i < all.size(); ++i) add(ServerKey(all[i]));
  return all;
}

// A server cannot track itself: HAProxy refuses loops. Text that says so must not hang us.
std::vector<ServerKey> Topology::leaders(const ServerKey& server) const {
  std::vector<ServerKey> all;
  for (auto at = tracking_.find(server); at != tracking_.end(); at = tracking_.find(at->second)) {
    if (std::ranges::find(all, at->second) != all.end()) break;
    all.push_back(at->second);
  }
  return all;
}

std::vector<ServerKey> Topology::tracking(std::string_view backend) const {
  std::vector<ServerKey> all;
  for (const auto& [server, leader] : tracking_) {
    if (server.backend == backend) all.push_back(server);
  }
  return all;
}

std::string_view Topology::algorithm(std::string_view backend) const {
  const auto found = algorithms_.find(backend);
  return found == algorithms_.end() ? std::string_view() : found->second;
}

View::View(std::string instance, Epoch epoch, Time read_at, stats::ServersState servers,
           std::shared_ptr<const Topology> topology, const View* previous)
    : instance_(std::move(instance)),
      epoch_(std::move(epoch)),
      read_at_(read_at),
      topology_(std::move(topology)) {
  take(std::move(servers), previous);
}

View View::with(stats::ServersState servers) const {
  View view(*this);
  view.take(std::move(servers), this);
  return view;
}

View View::with(std::shared_ptr<const Activities> activities) const {
  View view(*this);
  view.activities_ = std::move(activities);
  return view;
}

bool View::fits(const Index& index, const Block& previous, ServerRows rows) {
  return index.places.size() == rows.size() &&
         std::ranges::equal(rows, previous.rows, {}, &ServerState::name, &ServerState::name);
}

View::Block View::block_of(const std::shared_ptr<const stats::ServersState>& owner, ServerRows rows,
                           const Block* previous) {
  Block block{owner, rows, nullptr};
  if (rows.size() <= kIndexed) return block;
  if (previous != nullptr && previous->index && fits(*previous->index, *previous, rows)) {
    block.index = previous->index;
    return block;
  }
  auto index = std::make_shared<Index>();
  index->owner = owner;
  index->places.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) index->places.emplace(rows[i].name, i);
  block.index = std::move(index);
  return block;
}

// HAProxy writes the servers of a backend one after the other.
void View::take(stats::ServersState servers, const View* previous) {
  const auto owner = std::make_shared<const stats::ServersState>(std::move(servers));
  const ServerRows all(owner->rows());
  for (auto from = all.begin(); from != all.end();) {
    const auto to = std::find_if(
        from, all.end(), [&](const ServerState& row) { return row.backend != from->backend; });
    // The key points into the block's own text: the old one goes with the old block.
    const Block* before = previous == nullptr ? nullptr : previous->block(from->backend);
    const ServerRows rows(from, to);
    Block fresh = block_of(owner, rows, before);
    const auto old = blocks_.find(from->backend);
    if (old != blocks_.end()) {
      count_ -= old->second.rows.size();
      blocks_.erase(old);
    }
    count_ += rows.size();
    blocks_.emplace(from->backend, std::move(fresh));
    from = to;
  }
}

const View::Block* View::block(std::string_view backend) const {
  const auto found = blocks_.find(backend);
  return found == blocks_.end() ? nullptr : &found->second;
}

const ServerState* View::find(const ServerKey& server) const {
  const auto block = blocks_.find(server.backend);
  if (block == blocks_.end()) return nullptr;
  const auto& [owner, rows, index] = block->second;
  if (index) {
    const auto found = index->places.find(server.server);
    return found == index->places.end() ? nullptr : &rows[found->second];
  }
  const auto found = std::ranges::find(rows, server.server, &ServerState::name);
  return found == rows.end() ? nullptr : &*found;
}

ServerRows View::backend(std::string_view name) const {
  const auto found = blocks_.find(name);
  return found == blocks_.end() ? ServerRows() : found->second.rows;
}

std::vector<std::string_view> View::backends_unsorted() const {
  std::vector<std::string_view> names;
  names.reserve(blocks_.size());
  for (const auto& [name, block] : blocks_) names.push_back(name);
  return names;
}

std::vector<std::string_view> View::backends() const {
  std::vector<std::string_view> names = backends_unsorted();
  std::ranges::sort(names);
  return names;
}

bool has_moved(const ServerState& before, const ServerState& now) {
  const auto place = [](const ServerState& each) {
    return std::tuple(each.address, each.port, each.check_port, each.use_ssl);
  };
  return place(before) != place(now);
}

Epoch epoch_of(const stats::Info& info) {
  const auto number = [&](std::string_view name) { return info.number(name).value_or(0); };
  return {fmt::format("{}@{}", number("Pid"), number("Start_time_sec")),
          std::chrono::seconds(number("Uptime_sec"))};
}

RowAge age_of(const View& view, const ServerState& server) {
  const auto since = std::chrono::seconds(server.since_last_change);
  constexpr std::chrono::seconds kRounded(1);  // both are whole seconds
  if (since > view.uptime() + kRounded) return RowAge::file;
  return since + kRounded < view.uptime() ? RowAge::changed : RowAge::start;
}

bool checked(const ServerState& server) {
  constexpr std::uint32_t kPaused = 8;
  return (server.check_state & (stats::check_enabled | kPaused)) == stats::check_enabled;
}

}  // namespace steward::control
