#include "steward/cli/servers.hpp"

#include <algorithm>

#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"
#include "steward/cli/servers_view.hpp"
#include "steward/stats/stat_parser.hpp"

namespace steward::cli {
namespace {

// HAProxy writes an answer on the thread that serves traffic: a large one is read in pieces.
constexpr runtime::Pace kPace{std::size_t{16} << 10U, std::chrono::microseconds(1'000)};

Result<void> require_backend(const stats::StatTable& stat, const std::string& backend) {
  std::vector<std::string> names;
  for (std::size_t row = 0; row < stat.rows(stats::Kind::backend).size(); ++row) {
    names.emplace_back(stat.text(stats::Kind::backend, stats::text("pxname"), row));
  }
  if (std::find(names.begin(), names.end(), backend) != names.end()) return {};
  return fail(ErrorCode::not_found, "there is no backend '{}'; {}", printable(backend),
              suggestion(backend, names));
}

}  // namespace

Result<std::string> show_servers(runtime::RuntimeSocket& socket, const ServersQuery& query,
                                 runtime::Deadline deadline) {
  const auto stat =
      runtime::ask(socket, "show stat", deadline, kPace).and_then([](const std::string& answer) {
        return stats::parse_stat(answer);
      });
  if (!stat) return tl::unexpected(stat.error());
  const auto states =
      runtime::ask(socket, "show servers state", deadline, kPace).and_then([](std::string answer) {
        return stats::parse_servers_state(std::move(answer));
      });
  if (!states) return tl::unexpected(states.error());

  std::vector<ServerRow> rows = server_rows(*stat, *states);
  if (!query.backend.empty()) {
    auto known = require_backend(*stat, query.backend);
    if (!known) return tl::unexpected(known.error());
    std::erase_if(rows, [&](const ServerRow& row) { return row.backend != query.backend; });
  }
  return query.json ? servers_json(rows) : servers_table(rows);
}

}  // namespace steward::cli
