#include "steward/daemon/dump.hpp"

#include <thread>
#include <unordered_set>

#include "steward/stats/stat_parser.hpp"

namespace steward::daemon {
namespace {

using runtime::Deadline;
using runtime::Pace;
using runtime::RuntimeSocket;
using std::chrono_literals::operator""us;

constexpr Pace kAtOnce{std::size_t{256} << 10U, 0us};
constexpr Pace kThrottled{std::size_t{16} << 10U, 1000us};
constexpr std::chrono::nanoseconds kLeastPause = 200us;

Result<void> feed(stats::StatParser& parser, RuntimeSocket& socket, const std::string& line,
                  Pace pace, Deadline deadline) {
  auto done = socket.converse(line, pace, deadline,
                              [&](std::string_view bytes) { return parser.feed(bytes); });
  return done ? parser.end_answer() : done;
}

std::string stat_line(std::string_view proxy, unsigned types) {
  if (proxy == "-1" && types == kAllTypes) return "show stat";
  return fmt::format("show stat {} {} -1", proxy, types);
}

Result<stats::StatTable> read_stat(RuntimeSocket& socket, unsigned types, Pace pace,
                                   Deadline deadline) {
  stats::StatParser parser;
  auto fed = feed(parser, socket, stat_line("-1", types), pace, deadline);
  if (!fed) return tl::unexpected(fed.error());
  return parser.finish();
}

Result<stats::ServersState> read_states(RuntimeSocket& socket, Pace pace, Deadline deadline) {
  auto answer = runtime::ask(socket, "show servers state", deadline, pace);
  if (!answer) return tl::unexpected(answer.error());
  return stats::parse_servers_state(std::move(*answer));
}

Result<Dump> read_whole(RuntimeSocket& socket, const Demand& demand, Pace pace, Deadline deadline) {
  Dump dump;
  if (demand.stat_types != 0) {
    auto stat = read_stat(socket, demand.stat_types, pace, deadline);
    if (!stat) return tl::unexpected(stat.error());
    dump.stat = std::move(*stat);
  }
  if (demand.servers_state) {
    auto states = read_states(socket, pace, deadline);
    if (!states) return tl::unexpected(states.error());
    dump.servers = std::move(*states);
  }
  return dump;
}

// HAProxy's ids of the backends: safer in a command than a name that begins with a digit, which
// `show stat` takes for an id.
std::vector<std::int64_t> backend_ids(const stats::StatTable& proxies) {
  std::vector<std::int64_t> ids;
  const auto& backends = proxies.rows(stats::Kind::backend);
  for (std::size_t row = 0; row < backends.size(); ++row) {
    ids.push_back(backends.at(stats::number("iid"), row));
  }
  return ids;
}

// Waits as long as HAProxy was just kept busy, so that half of its time is left to traffic.
class Breather {
 public:
  void pause() {
    const auto busy = std::chrono::steady_clock::now() - resumed_;
    std::this_thread::sleep_for(std::max<std::chrono::nanoseconds>(busy, kLeastPause));
    resumed_ = std::chrono::steady_clock::now();
  }

 private:
  std::chrono::steady_clock::time_point resumed_ = std::chrono::steady_clock::now();
};

// The servers of one backend: their statistics into `parser`, their states behind `states`. One
// connection for both, because a connection costs HAProxy as much as twenty servers.
Result<void> read_backend(RuntimeSocket& socket, std::int64_t id, bool with_states,
                          Deadline deadline, stats::StatParser& parser, std::string& states) {
  std::string line = stat_line(std::to_string(id), kServerType);
  if (with_states) line += fmt::format(";show servers state #{}", id);
  bool in_states = false;
  auto done = socket.converse(line, kAtOnce, deadline, [&](std::string_view bytes) -> Result<void> {
    if (!in_states) {
      const auto used = parser.feed_answer(bytes);
      if (!used) return tl::unexpected(used.error());
      bytes.remove_prefix(*used);
      in_states = with_states && parser.answered();
    }
    if (in_states) states += bytes;
    return {};
  });
  return done ? parser.end_answer() : done;
}

// Everything but servers first, then the servers of one backend after the other.
Result<Dump> read_by_proxy(RuntimeSocket& socket, const Demand& demand, Deadline deadline) {
  const unsigned types = demand.stat_types & (kAllTypes - kServerType);
  auto answer = runtime::ask(socket, stat_line("-1", types | kBackendType), deadline, kThrottled);
  if (!answer) return tl::unexpected(answer.error());
  const auto proxies = stats::parse_stat(*answer);
  if (!proxies) return tl::unexpected(proxies.error());

  stats::StatParser parser;
  auto fed = parser.feed(*answer).and_then([&] { return parser.end_answer(); });
  std::string states;
  Breather breather;
  for (const std::int64_t id : backend_ids(*proxies)) {
    if (!fed) return tl::unexpected(fed.error());
    breather.pause();
    fed = read_backend(socket, id, demand.servers_state, deadline, parser, states);
  }
  if (!fed) return tl::unexpected(fed.error());
  auto stat = parser.finish();
  if (!stat) return tl::unexpected(stat.error());
  auto servers = states.empty() ? Result<stats::ServersState>{}
                                : stats::parse_servers_state(std::move(states));
  if (!servers) return tl::unexpected(servers.error());
  return Dump{std::move(*stat), std::move(*servers)};
}

}  // namespace

Result<Dump> read_dump(RuntimeSocket& socket, const Demand& demand, Reading reading,
                       Deadline deadline) {
  const bool servers = (demand.stat_types & kServerType) != 0;
  if (reading == Reading::by_proxy && servers) {
    auto dump = read_by_proxy(socket, demand, deadline);
    if (dump || dump.error().code == ErrorCode::timed_out) return dump;
    // A backend that has just been deleted, a reload in between: a single dump is of one moment.
    reading = Reading::throttled;
  }
  return read_whole(socket, demand, reading == Reading::at_once ? kAtOnce : kThrottled, deadline);
}

Shape shape_of(const stats::StatTable& stat) {
  const auto& servers = stat.rows(stats::Kind::server);
  const auto& proxies = servers.words(stats::text("pxname"));
  return {std::unordered_set(proxies.begin(), proxies.end()).size(), servers.size()};
}

}  // namespace steward::daemon
