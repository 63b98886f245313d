// What one HAProxy is like at one moment, as far as deciding needs it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "steward/base/time.hpp"
#include "steward/control/activity.hpp"
#include "steward/control/server_ref.hpp"
#include "steward/stats/info.hpp"
#include "steward/stats/servers_state.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::control {

// What only the configuration of HAProxy decides: of `show stat`.
struct ServerFacts {
  bool backup = false;
  // 0: not told, as of a server without checks, or in maintenance while it was asked.
  std::uint32_t check_rise = 0, check_fall = 0;
  std::uint32_t maxconn = 0;  // 0: none
  bool agent_heard = true;    // its agent has answered, or it has none
  bool check_heard = true;    // an HTTP check has ended in this process, or its checks are others
};

class Topology {
 public:
  explicit Topology(std::shared_ptr<const stats::StatTable> stat);

  [[nodiscard]] ServerFacts of(const ServerKey& server) const;
  // The servers that follow this one's state ("track backend/server"), directly or through others.
  [[nodiscard]] std::vector<ServerKey> trackers(const ServerKey& server) const;
  [[nodiscard]] bool tracks(const ServerKey& server) const { return tracking_.contains(server); }
  [[nodiscard]] bool has_trackers() const { return !tracking_.empty(); }
  // The other way round: those it follows, and the servers of a backend that follow any.
  [[nodiscard]] std::vector<ServerKey> leaders(const ServerKey& server) const;
  [[nodiscard]] std::vector<ServerKey> tracking(std::string_view backend) const;
  // "roundrobin", "static-rr", "source" …; empty: not told.
  [[nodiscard]] std::string_view algorithm(std::string_view backend) const;
  // Whether it is of these servers, and of no others.
  [[nodiscard]] bool is_of(const stats::ServersState& servers) const;
  // Whether an agent has not answered yet, or the result of a check is only remembered from a file:
  // until then HAProxy calls the server UP.
  [[nodiscard]] bool awaits_answers() const { return awaits_answers_; }
  // The servers of whose checks nothing was told.
  [[nodiscard]] const std::vector<ServerKey>& untold() const { return untold_; }

 private:
  std::shared_ptr<const stats::StatTable> stat_;  // owns the text
  std::unordered_map<ServerKey, ServerFacts, ServerKeyHash> facts_;
  std::vector<ServerKey> untold_;
  bool awaits_answers_ = false;
  std::unordered_map<ServerKey, std::vector<ServerKey>, ServerKeyHash> trackers_;
  std::unordered_map<ServerKey, ServerKey, ServerKeyHash> tracking_;
  std::unordered_map<std::string_view, std::string_view> algorithms_;
};

// A process of HAProxy, as `show info` tells of it.
struct Epoch {
  std::string id;                  // another one: another process
  std::chrono::seconds uptime{0};  // at the time of reading
};

using ServerRows = std::span<const stats::ServerState>;

// Immutable; copies share the rows. Safe to read from any thread.
class View {
 public:
  // `read_at` is when the reading began. What is indexed of `previous` is not indexed again.
  View(std::string instance, Epoch epoch, Time read_at, stats::ServersState servers,
       std::shared_ptr<const Topology> topology, const View* previous = nullptr);

  // The same with some backends read again, by the same process of HAProxy. Backends that are not
  // in `servers` stay as they were.
  [[nodiscard]] View with(stats::ServersState servers) const;

  // The same with what goes on at some servers.
  [[nodiscard]] View with(std::shared_ptr<const Activities> activities) const;

  // Null, unless it was asked for.
  [[nodiscard]] const Activities* activities() const { return activities_.get(); }
  [[nodiscard]] const std::string& instance() const { return instance_; }
  // Another one means another process of HAProxy, so that all it was told is gone.
  [[nodiscard]] const std::string& epoch() const { return epoch_.id; }
  // How long that process has been running.
  [[nodiscard]] std::chrono::seconds uptime() const { return epoch_.uptime; }
  [[nodiscard]] Time read_at() const { return read_at_; }
  [[nodiscard]] const Topology& topology() const { return *topology_; }

  [[nodiscard]] const stats::ServerState* find(const ServerKey& server) const;
  [[nodiscard]] ServerRows backend(std::string_view name) const;  // empty: there is none
  [[nodiscard]] std::vector<std::string_view> backends() const;   // sorted
  // The same in any order.
  [[nodiscard]] std::vector<std::string_view> backends_unsorted() const;
  [[nodiscard]] std::size_t servers() const { return count_; }

 private:
  // Where a backend's servers are, by name. HAProxy keeps their order, so it serves later views.
  struct Index {
    std::shared_ptr<const stats::ServersState> owner;  // of the names
    std::unordered_map<std::string_view, std::size_t> places;
  };
  // The servers of one backend, and the answer they point into.
  struct Block {
    std::shared_ptr<const stats::ServersState> owner;
    ServerRows rows;
    std::shared_ptr<const Index> index;  // null: they are few
  };
  [[nodiscard]] const Block* block(std::string_view backend) const;
  void take(stats::ServersState servers, const View* previous);
  static Block block_of(const std::shared_ptr<const stats::ServersState>& owner, ServerRows rows,
                        const Block* previous);
  static bool fits(const Index& index, const Block& previous, ServerRows rows);

  std::string instance_;
  Epoch epoch_;
  Time read_at_;
  std::shared_ptr<const Topology> topology_;
  std::shared_ptr<const Activities> activities_;
  std::unordered_map<std::string_view, Block> blocks_;
  std::size_t count_ = 0;
};

// Calls `visit` with each server that was read since `before`, and with what it was then; null: it
// was not there.
template <class Visit>
void for_each_with_past(const View& now, const View& before, const Visit& visit) {
  for (const std::string_view backend : now.backends_unsorted()) {
    const ServerRows rows = now.backend(backend), past = before.backend(backend);
    if (rows.data() == past.data()) continue;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool same_place = i < past.size() && past[i].name == rows[i].name;
      visit(rows[i], same_place ? &past[i] : before.find({rows[i].backend, rows[i].name}));
    }
  }
}

// Whether what stands behind the name has changed: traffic, or its checks, go elsewhere.
[[nodiscard]] bool has_moved(const stats::ServerState& before, const stats::ServerState& now);

// HAProxy's process: its pid and when it started.
[[nodiscard]] Epoch epoch_of(const stats::Info& info);

// Where a server's row comes from, by the time since its last change.
enum class RowAge {
  start,    // nothing has changed since the process began
  file,     // older than the process: a server-state file restored it
  changed,  // changed since
};
[[nodiscard]] RowAge age_of(const View& view, const stats::ServerState& server);

// Whether its checks run right now: enabled, and not paused by maintenance.
[[nodiscard]] bool checked(const stats::ServerState& server);

}  // namespace steward::control
