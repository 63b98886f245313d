#include "steward/ledger/schema.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <string>

namespace steward::ledger {
namespace {

// Times are milliseconds since 1970. Names and messages are bytes as they came.
constexpr const char* kFirst = R"sql(
CREATE TABLE overrides (
  id TEXT PRIMARY KEY, instance TEXT NOT NULL, backend TEXT NOT NULL, server TEXT NOT NULL,
  setting TEXT NOT NULL, level INTEGER NOT NULL, percent INTEGER NOT NULL,
  manual INTEGER NOT NULL, principal TEXT NOT NULL, rule TEXT NOT NULL, fingerprint TEXT NOT NULL,
  group_key TEXT NOT NULL, receiver TEXT NOT NULL, starts_at INTEGER NOT NULL,
  reason TEXT NOT NULL, forced INTEGER NOT NULL, return_safely INTEGER NOT NULL,
  created INTEGER NOT NULL, expires INTEGER, hold_until INTEGER NOT NULL, admitted INTEGER,
  phase TEXT NOT NULL, guard TEXT NOT NULL, detail TEXT NOT NULL, why_ended TEXT NOT NULL,
  ended_by TEXT NOT NULL, ended INTEGER, attempts INTEGER NOT NULL, next_attempt INTEGER
) WITHOUT ROWID;
CREATE INDEX overrides_ended ON overrides (ended) WHERE ended IS NOT NULL;

CREATE TABLE holds (
  instance TEXT NOT NULL, backend TEXT NOT NULL, server TEXT NOT NULL, setting TEXT NOT NULL,
  baseline INTEGER NOT NULL, ours INTEGER NOT NULL, confirmed INTEGER NOT NULL,
  going_back INTEGER NOT NULL, since INTEGER NOT NULL, epoch TEXT NOT NULL,
  PRIMARY KEY (instance, backend, server, setting)
) WITHOUT ROWID;

CREATE TABLE automation (
  one INTEGER PRIMARY KEY CHECK (one = 1), paused INTEGER NOT NULL, by_whom TEXT NOT NULL,
  reason TEXT NOT NULL, since INTEGER NOT NULL
);

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY, previous TEXT NOT NULL, hash TEXT NOT NULL, time INTEGER NOT NULL,
  event TEXT NOT NULL, request TEXT NOT NULL, principal TEXT NOT NULL, source TEXT NOT NULL,
  rule TEXT NOT NULL, alert TEXT NOT NULL, override_id TEXT NOT NULL, target TEXT NOT NULL,
  setting TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, verdict TEXT NOT NULL,
  command TEXT NOT NULL, answer TEXT NOT NULL, duration INTEGER NOT NULL
);
CREATE INDEX audit_target ON audit (target, sequence);
CREATE INDEX audit_override ON audit (override_id, sequence);

-- Where the chain begins (what is older was trimmed) and ends.
CREATE TABLE chain (
  one INTEGER PRIMARY KEY CHECK (one = 1), first INTEGER NOT NULL, last INTEGER NOT NULL,
  hash TEXT NOT NULL
);
INSERT INTO chain VALUES (1, 1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO automation VALUES (1, 0, '', '', 0);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_only_trimmed BEFORE DELETE ON audit
WHEN OLD.sequence >= (SELECT first FROM chain)
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
)sql";

// Servers that come and go. Nobody searches by more than the id: what they hold is one document.
constexpr const char* kSecond = R"sql(
CREATE TABLE memberships (id TEXT PRIMARY KEY, ended INTEGER, document TEXT NOT NULL) WITHOUT ROWID;
ALTER TABLE overrides ADD COLUMN ramp TEXT NOT NULL DEFAULT '';
CREATE TABLE rollouts (id TEXT PRIMARY KEY, ended INTEGER, document TEXT NOT NULL) WITHOUT ROWID;
)sql";

constexpr std::array<const char*, 2> kSteps{kFirst, kSecond};

int pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(fmt::format("PRAGMA {}", name)).getInt();
}

}  // namespace

std::span<const char* const> schema_steps() { return kSteps; }

void migrate(SQLite::Database& database, std::span<const char* const> steps) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  const int tables = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt();
  if (tables > 0 && pragma(database, "application_id") != kApplicationId) {
    throw SQLite::Exception("it is another program's database", SQLITE_NOTADB);
  }
  const int version = pragma(database, "user_version");
  if (version > static_cast<int>(steps.size())) {
    throw SQLite::Exception(
        fmt::format("it was written by a newer haproxy-steward (schema {}, this one knows {})",
                    version, steps.size()),
        SQLITE_MISMATCH);
  }
  for (const char* step : steps.subspan(static_cast<std::size_t>(version))) database.exec(step);
  database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  database.exec(fmt::format("PRAGMA user_version = {}", steps.size()));
  transaction.commit();
}

}  // namespace steward::ledger
