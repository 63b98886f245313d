#include "steward/ledger/queries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/ledger/audit_chain.hpp"
#include "steward/ledger/documents.hpp"
#include "steward/ledger/rows.hpp"

namespace steward::ledger {
namespace {

// A WHERE clause put together from what is asked for.
class Where {
 public:
  void text(const char* condition, const std::string& value) {
    if (!value.empty()) add(condition, value);
  }
  void number(const char* condition, std::uint64_t value) { add(condition, std::to_string(value)); }
  [[nodiscard]] std::string sql() const { return sql_.empty() ? "" : " WHERE " + sql_; }
  void bind(SQLite::Statement& statement) const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      statement.bind(static_cast<int>(i) + 1, values_[i]);
    }
  }
  void literal(const std::string& condition) { sql_ += (sql_.empty() ? "" : " AND ") + condition; }

 private:
  void add(const char* condition, std::string value) {
    literal(condition);
    values_.push_back(std::move(value));
  }
  std::string sql_;
  std::vector<std::string> values_;
};

template <class T>
std::vector<T> read_documents(SQLite::Database& database, const char* table, Time ended_since) {
  SQLite::Statement rows(
      database,
      fmt::format("SELECT document FROM {} WHERE ended IS NULL OR ended >= ? ORDER BY id", table));
  rows.bind(1, std::int64_t{ended_since.time_since_epoch().count()});
  std::vector<T> all;
  while (rows.executeStep()) {
    T each;
    read_document(rows.getColumn(0).getString(), each);
    all.push_back(std::move(each));
  }
  return all;
}

bool follows(const AuditLine& line, std::uint64_t expected, const std::string& hash) {
  if (line.sequence != expected) return false;
  if (!hash.empty()) return line.previous == hash;
  return expected > 1 || line.previous == kNoHash;  // what came before was trimmed, or nothing did
}

}  // namespace

Contents read_contents(SQLite::Database& database, Time ended_since) {
  Contents contents;
  SQLite::Statement overrides(database,
                              fmt::format("SELECT {} FROM overrides WHERE ended IS NULL OR "
                                          "((ended >= ?1 OR heard >= ?1) AND manual = 0) "
                                          "ORDER BY id",
                                          kOverrideColumns));
  overrides.bind(1, std::int64_t{ended_since.time_since_epoch().count()});
  while (overrides.executeStep()) contents.overrides.push_back(read_override(overrides));
  SQLite::Statement holds(database, fmt::format("SELECT {} FROM holds", kHoldColumns));
  while (holds.executeStep()) contents.holds.push_back(read_hold(holds));
  contents.memberships = read_documents<control::Membership>(database, "memberships", ended_since);
  contents.rollouts = read_documents<control::Rollout>(database, "rollouts", ended_since);
  SQLite::Statement looks(database, "SELECT name, looked, epoch, doubts FROM instances");
  while (looks.executeStep()) {
    contents.looked[looks.getColumn(0).getString()] = {
        Time(std::chrono::milliseconds(looks.getColumn(1).getInt64())),
        looks.getColumn(2).getString(), looks.getColumn(3).getString()};
  }
  SQLite::Statement row(database, "SELECT paused, by_whom, reason, since FROM automation");
  if (row.executeStep()) {
    contents.automation = {row.getColumn(0).getInt() != 0, row.getColumn(1).getString(),
                           row.getColumn(2).getString(),
                           Time(std::chrono::milliseconds(row.getColumn(3).getInt64()))};
  }
  return contents;
}

std::vector<AuditLine> read_audit(SQLite::Database& database, const AuditQuery& query) {
  Where where;
  if (query.after > 0) where.number("sequence > CAST(? AS INTEGER)", query.after);
  if (query.before) where.number("sequence < CAST(? AS INTEGER)", *query.before);
  where.text("target = ?", query.target);
  where.text("principal = ?", query.principal);
  where.text("override_id = ?", query.override_id);
  where.text("event = ?", query.event);
  SQLite::Statement rows(
      database, fmt::format("SELECT {} FROM audit{} ORDER BY sequence {} LIMIT {}", kAuditColumns,
                            where.sql(), query.newest_first ? "DESC" : "ASC",
                            std::min(query.most, limits::kAuditPage)));
  where.bind(rows);
  std::vector<AuditLine> lines;
  while (rows.executeStep()) lines.push_back(read_audit(rows));
  return lines;
}

std::vector<control::Override> read_overrides(SQLite::Database& database,
                                              const OverrideQuery& query) {
  Where where;
  where.text("instance = ?", query.instance);
  where.text("backend = ?", query.backend);
  where.text("server = ?", query.server);
  where.text("id < ?", query.before_id);
  std::string phases;
  for (const control::Phase phase : query.phases) {
    phases += fmt::format("{}'{}'", phases.empty() ? "" : ", ", to_string(phase));
  }
  if (!phases.empty()) where.literal(fmt::format("phase IN ({})", phases));
  SQLite::Statement rows(database, fmt::format("SELECT {} FROM overrides{} ORDER BY id DESC "
                                               "LIMIT {}",
                                               kOverrideColumns, where.sql(),
                                               std::min(query.most, limits::kOverridePage)));
  where.bind(rows);
  std::vector<control::Override> all;
  while (rows.executeStep()) all.push_back(read_override(rows));
  return all;
}

std::optional<control::Override> read_override(SQLite::Database& database, const std::string& id) {
  SQLite::Statement row(database,
                        fmt::format("SELECT {} FROM overrides WHERE id = ?", kOverrideColumns));
  row.bind(1, id);
  if (!row.executeStep()) return std::nullopt;
  return read_override(row);
}

ChainReport verify_chain(SQLite::Database& database) {
  SQLite::Transaction at_one_moment(database);
  SQLite::Statement chain(database, "SELECT first, last, hash FROM chain");
  if (!chain.executeStep()) return {0, 0, 1};
  ChainReport report;
  report.first = static_cast<std::uint64_t>(chain.getColumn(0).getInt64());
  report.last = static_cast<std::uint64_t>(chain.getColumn(1).getInt64());
  const std::string head = chain.getColumn(2).getString();
  std::uint64_t expected = report.first;
  std::string hash;
  SQLite::Statement rows(database,
                         fmt::format("SELECT {} FROM audit ORDER BY sequence", kAuditColumns));
  while (rows.executeStep()) {
    const AuditLine line = read_audit(rows);
    const bool good = follows(line, expected, hash) &&
                      line.hash == chain_hash(line.previous, line.sequence, line.record);
    if (!good) {
      report.broken_at = expected;
      return report;
    }
    hash = line.hash;
    ++expected;
  }
  const bool whole = expected == report.last + 1 && (hash.empty() || hash == head);
  if (!whole) report.broken_at = expected;
  return report;
}

}  // namespace steward::ledger
