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

// Overrides have owners, holds a history, and outlive their overrides; instances are known by name.
// What was there belongs to whom its membership or rollout says; a baseline stood where it stands.
constexpr const char* kThird = R"sql(
ALTER TABLE overrides ADD COLUMN owner TEXT NOT NULL DEFAULT 'alert';
ALTER TABLE overrides ADD COLUMN part_of TEXT NOT NULL DEFAULT '';
ALTER TABLE overrides ADD COLUMN heard INTEGER;
ALTER TABLE overrides ADD COLUMN in_force INTEGER;
ALTER TABLE overrides ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE overrides ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
ALTER TABLE overrides ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE overrides ADD COLUMN suspensions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE overrides ADD COLUMN calm_since INTEGER;
UPDATE overrides SET owner = 'person' WHERE manual = 1;
UPDATE overrides SET owner = 'steward' WHERE manual = 1 AND principal = 'return_ramp';
UPDATE overrides SET owner = 'membership', part_of =
  (SELECT id FROM memberships WHERE json_extract(document, '$.override') = overrides.id)
WHERE manual = 1 AND EXISTS
  (SELECT 1 FROM memberships WHERE json_extract(document, '$.override') = overrides.id);
CREATE TEMP TABLE taken_out AS SELECT each.value AS override_id, rollouts.id AS rollout
FROM rollouts, json_each(rollouts.document, '$.steps') AS step,
  json_each(step.value, '$.overrides') AS each;
UPDATE overrides SET owner = 'rollout', part_of =
  (SELECT rollout FROM taken_out WHERE override_id = overrides.id)
WHERE manual = 1 AND EXISTS (SELECT 1 FROM taken_out WHERE override_id = overrides.id);
DROP TABLE taken_out;
UPDATE overrides SET in_force = admitted WHERE phase IN ('active', 'releasing', 'released');

ALTER TABLE holds ADD COLUMN provenance TEXT NOT NULL DEFAULT 'person';
ALTER TABLE holds ADD COLUMN before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN stood TEXT NOT NULL DEFAULT '';
ALTER TABLE holds ADD COLUMN doubtful TEXT NOT NULL DEFAULT '';
ALTER TABLE holds ADD COLUMN unclear INTEGER NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN tombstone INTEGER;
ALTER TABLE holds ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN next_attempt INTEGER;
ALTER TABLE holds ADD COLUMN stuck INTEGER NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN configured INTEGER;
ALTER TABLE holds ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
UPDATE holds SET before = baseline,
  stood = baseline || '>' || baseline || ' ' || ours || '>' || baseline;
UPDATE holds SET provenance = 'configured'
WHERE setting IN ('state', 'health', 'agent') AND baseline = 0;

-- Tombstones of what ended: the last value of ours, and what it went back to.
INSERT OR IGNORE INTO holds (instance, backend, server, setting, baseline, ours, confirmed,
  going_back, since, epoch, provenance, before, stood, tombstone)
SELECT instance, backend, server, 'state', 0, 0, 1, 0, ended, '', 'configured', 0,
  '0>0 ' || level || '>0', ended
FROM overrides AS o
WHERE setting = 'state' AND phase = 'released' AND level > 0 AND EXISTS (SELECT 1 FROM audit
  WHERE override_id = o.id AND event IN ('released', 'expired') AND audit.after = 'ready')
ORDER BY ended DESC;

CREATE TABLE instances (name TEXT PRIMARY KEY, looked INTEGER NOT NULL,
  epoch TEXT NOT NULL, doubts TEXT NOT NULL) WITHOUT ROWID;
)sql";

constexpr std::array<const char*, 3> kSteps{kFirst, kSecond, kThird};

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
