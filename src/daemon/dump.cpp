#include "steward/daemon/dump.hpp"

#include <algorithm>
#include <span>
#include <thread>
#include <unordered_map>

#include "steward/stats/stat_parser.hpp"

namespace steward::daemon {
namespace {

using runtime::Deadline;
using runtime::Pace;
using runtime::RuntimeSocket;
using std::chrono_literals::operator""us;

constexpr Pace kAtOnce{std::size_t{256} << 10U, 0us};
constexpr Pace kThrottled{std::size_t{16} << 10U, 1000us};
constexpr auto kPauseBetweenBackends = 500us;

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

// HAProxy's ids of the backends. With "#" in front a command takes them for nothing else; a bare
// number would be the backend of that name, if there is one.
std::vector<std::int64_t> backend_ids(const stats::StatTable& proxies) {
  std::vector<std::int64_t> ids;
  const auto& backends = proxies.rows(stats::Kind::backend);
  for (std::size_t row = 0; row < backends.size(); ++row) {
    ids.push_back(backends.at(stats::number("iid"), row));
  }
  return ids;
}

// Sorts the bytes of one connection: first the statistics of some backends, then their states.
class BackendAnswers {
 public:
  BackendAnswers(stats::StatParser& parser, std::string& states, std::size_t backends)
      : parser_(parser), states_(states), start_(states.size()), backends_(backends) {}

  Result<void> take(std::string_view bytes) {
    while (!bytes.empty() && answered_ < backends_) {
      const auto used = parser_.feed_answer(bytes);
      if (!used) return tl::unexpected(used.error());
      bytes.remove_prefix(*used);
      if (!parser_.answered()) return {};
      ++answered_;
      if (auto ended = parser_.end_answer(); !ended) return ended;
    }
    states_ += bytes;
    return {};
  }

  // All answers must have come, each to its closing empty line.
  Result<void> end(bool with_states) {
    if (answered_ < backends_) return parser_.end_answer();
    const std::string_view states = std::string_view(states_).substr(start_);
    std::size_t whole = 0;
    for (std::size_t at = states.find("\n\n"); at != std::string_view::npos;
         at = states.find("\n\n", at + 2)) {
      ++whole;
    }
    if (!with_states || (whole == backends_ && states.ends_with("\n\n"))) return {};
    return fail(ErrorCode::malformed, "show servers state: {} of {} answers came whole", whole,
                backends_);
  }

 private:
  stats::StatParser& parser_;
  std::string& states_;
  std::size_t start_, backends_, answered_ = 0;
};

// One connection for several backends.
Result<void> read_backends(RuntimeSocket& socket, std::span<const std::int64_t> ids,
                           bool with_states, Deadline deadline, stats::StatParser& parser,
                           std::string& states) {
  std::vector<std::string> commands;
  for (const std::int64_t id : ids) {
    commands.push_back(stat_line(fmt::format("#{}", id), kServerType));
  }
  for (const std::int64_t id : ids) {
    if (with_states) commands.push_back(fmt::format("show servers state #{}", id));
  }
  BackendAnswers answers(parser, states, ids.size());
  return socket
      .converse(fmt::format("{}", fmt::join(commands, ";")), kAtOnce, deadline,
                [&](std::string_view bytes) { return answers.take(bytes); })
      .and_then([&] { return answers.end(with_states); });
}

// Everything but servers first, then the servers of some backends after the other.
Result<Dump> read_by_proxy(RuntimeSocket& socket, const Demand& demand, std::size_t batch,
                           Deadline deadline) {
  const unsigned types = demand.stat_types & (kAllTypes - kServerType);
  auto answer = runtime::ask(socket, stat_line("-1", types | kBackendType), deadline, kThrottled);
  if (!answer) return tl::unexpected(answer.error());
  const auto proxies = stats::parse_stat(*answer);
  if (!proxies) return tl::unexpected(proxies.error());

  stats::StatParser parser;
  auto fed = parser.feed(*answer).and_then([&] { return parser.end_answer(); });
  std::string states;
  const std::vector<std::int64_t> ids = backend_ids(*proxies);
  for (std::size_t at = 0; fed && at < ids.size(); at += batch) {
    std::this_thread::sleep_for(kPauseBetweenBackends);
    const auto some = std::span(ids).subspan(at, std::min(batch, ids.size() - at));
    fed = read_backends(socket, some, demand.servers_state, deadline, parser, states);
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

Result<Dump> read_dump(RuntimeSocket& socket, const Demand& demand, const Plan& plan,
                       Deadline deadline) {
  Reading reading = plan.reading;
  const bool servers = (demand.stat_types & kServerType) != 0;
  if (reading == Reading::by_proxy && servers) {
    auto dump = read_by_proxy(socket, demand, plan.backends_at_once, deadline);
    if (dump || dump.error().code == ErrorCode::timed_out) return dump;
    // A backend that has just been deleted, a reload in between: a single dump is of one moment.
    reading = Reading::throttled;
  }
  return read_whole(socket, demand, reading == Reading::at_once ? kAtOnce : kThrottled, deadline);
}

Shape shape_of(const stats::StatTable& stat) {
  Shape shape;
  std::unordered_map<stats::Dictionary::Word, std::size_t> sizes;
  for (const auto proxy : stat.rows(stats::Kind::server).words(stats::kPxname)) {
    shape.largest = std::max(shape.largest, ++sizes[proxy]);
    ++shape.servers;
  }
  shape.backends = sizes.size();
  return shape;
}

}  // namespace steward::daemon
