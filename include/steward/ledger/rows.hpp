// Overrides, holds and lines of the audit as rows of the ledger's tables.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include "steward/control/audit.hpp"
#include "steward/control/override.hpp"
#include "steward/ledger/ledger.hpp"

namespace steward::ledger {

// The columns, in the order in which bind() and read_…() take them: "id, instance, …".
inline constexpr const char* kOverrideColumns =
    "id, instance, backend, server, setting, level, percent, manual, principal, rule, fingerprint, "
    "group_key, receiver, starts_at, reason, forced, return_safely, created, expires, hold_until, "
    "admitted, phase, guard, detail, why_ended, ended_by, ended, attempts, next_attempt, ramp, "
    "owner, part_of, heard, in_force, address, again, suspended, suspensions, calm_since";
inline constexpr const char* kHoldColumns =
    "instance, backend, server, setting, baseline, ours, confirmed, going_back, since, epoch, "
    "provenance, before, stood, doubtful, unclear, tombstone, attempts, next_attempt, stuck, "
    "configured, gone";
inline constexpr const char* kAuditColumns =
    "sequence, previous, hash, time, event, request, principal, source, rule, alert, override_id, "
    "target, setting, before, after, verdict, command, answer, duration";

// What is bound must live until the statement has run: texts are not copied.
void bind(SQLite::Statement& statement, const control::Override& override);
void bind(SQLite::Statement& statement, const control::Hold& hold);
void bind(SQLite::Statement& statement, const AuditLine& line);

// Words that no longer mean anything throw SQLite::Exception (SQLITE_CORRUPT).
[[nodiscard]] control::Override read_override(const SQLite::Statement& row);
[[nodiscard]] control::Hold read_hold(const SQLite::Statement& row);
[[nodiscard]] AuditLine read_audit(const SQLite::Statement& row);

// "(?, ?, …)" for a list of columns.
[[nodiscard]] std::string placeholders(std::string_view columns);

}  // namespace steward::ledger
