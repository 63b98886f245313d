#include "steward/control/activity.hpp"

namespace steward::control {
namespace {

using stats::Kind;
using stats::number;

std::uint64_t count_of(std::int64_t cell) {
  return cell > 0 ? static_cast<std::uint64_t>(cell) : 0;
}

Activity activity_of(const stats::StatRows& rows, std::size_t row) {
  const auto cell = [&](stats::Number column) { return count_of(rows.at(column, row)); };
  Activity activity;
  activity.sessions = cell(number("scur")) + cell(number("qcur"));
  activity.answers_5xx = cell(number("hrsp_5xx"));
  activity.answers = activity.answers_5xx + cell(number("hrsp_1xx")) + cell(number("hrsp_2xx")) +
                     cell(number("hrsp_3xx")) + cell(number("hrsp_4xx")) +
                     cell(number("hrsp_other"));
  return activity;
}

template <class Visit>
void for_each_server(const std::vector<stats::StatTable>& tables, const Visit& visit) {
  for (const stats::StatTable& table : tables) {
    const stats::StatRows& rows = table.rows(Kind::server);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const ServerKey key{table.text(Kind::server, stats::kPxname, row),
                          table.text(Kind::server, stats::kSvname, row)};
      visit(key, activity_of(rows, row));
    }
  }
}

}  // namespace

Activities::Activities(Time read_at, std::vector<stats::StatTable> tables,
                       std::vector<stats::StatTable> old)
    : read_at_(read_at), tables_(std::move(tables)), old_(std::move(old)) {
  for_each_server(tables_, [&](const ServerKey& key, const Activity& now) { all_[key] = now; });
  for_each_server(old_, [&](const ServerKey& key, const Activity& left) {
    left_[key] += left.sessions;
    const auto found = all_.find(key);
    if (found != all_.end()) found->second.sessions += left.sessions;
  });
}

std::uint64_t Activities::left(const ServerKey& server) const {
  const auto found = left_.find(server);
  return found == left_.end() ? 0 : found->second;
}

const Activity* Activities::find(const ServerKey& server) const {
  const auto found = all_.find(server);
  return found == all_.end() ? nullptr : &found->second;
}

}  // namespace steward::control
