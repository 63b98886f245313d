#include "steward/cli/servers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"
#include "steward/cli/servers_view.hpp"
#include "steward/stats/stat_parser.hpp"

namespace steward::cli {
namespace {

// HAProxy writes an answer on the thread that serves traffic: a large one is read in pieces.
constexpr runtime::Pace kPace{std::size_t{16} << 10U, std::chrono::microseconds(1'000)};

Result<void> require_backend(const stats::StatTable& stat, const std::string& name) {
  const std::vector<std::string> backends = backends_of(stat);
  if (std::find(backends.begin(), backends.end(), name) != backends.end()) return {};
  return fail(ErrorCode::not_found, "HAProxy has no backend '{}'; {}", printable(name),
              suggestion(name, backends));
}

}  // namespace

Result<std::string> show_servers(runtime::RuntimeSocket& socket, const ServersOptions& options,
                                 bool colour) {
  const auto deadline = std::chrono::steady_clock::now() + options.timeout;
  // 6: backends and servers; the name typed never reaches HAProxy.
  const auto stat =
      ask(socket, "show stat -1 6 -1", deadline, kPace).and_then([](const std::string& answer) {
        return stats::parse_stat(answer);
      });
  if (!stat) return tl::unexpected(stat.error());
  if (options.backend) {
    auto known = require_backend(*stat, *options.backend);
    if (!known) return tl::unexpected(known.error());
  }
  const auto state =
      ask(socket, "show servers state", deadline, kPace).and_then(stats::parse_servers_state);
  if (!state) return tl::unexpected(state.error());
  const std::vector<ServerRow> rows = rows_of(*stat, *state, options.backend);
  return options.output == Output::json ? json_of(rows) : to_text(table_of(rows), colour);
}

}  // namespace steward::cli
