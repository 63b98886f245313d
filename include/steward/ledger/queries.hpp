// Questions to the ledger's tables.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>
#include <vector>

#include "steward/ledger/ledger.hpp"

namespace steward::ledger {

// As the functions of Ledger; all throw SQLite::Exception.
[[nodiscard]] Contents read_contents(SQLite::Database& database, Time ended_since);
[[nodiscard]] std::vector<AuditLine> read_audit(SQLite::Database& database,
                                                const AuditQuery& query);
[[nodiscard]] std::vector<control::Override> read_overrides(SQLite::Database& database,
                                                            const OverrideQuery& query);
[[nodiscard]] std::optional<control::Override> read_override(SQLite::Database& database,
                                                             const std::string& id);
[[nodiscard]] ChainReport verify_chain(SQLite::Database& database);

}  // namespace steward::ledger
