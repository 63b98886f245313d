// The tables of the ledger, and how older ones become today's.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <span>
#include <string_view>

namespace steward::ledger {

// "HSTW": what `file` and SQLite's application_id know the ledger by.
inline constexpr int kApplicationId = 0x48535457;

// SQL for each version, the first one from nothing. A step is never changed once it was released.
[[nodiscard]] std::span<const char* const> schema_steps();

// Brings the database to the last of the steps, all or nothing. Throws SQLite::Exception; also when
// the file is not a ledger, or of a newer version than the steps know.
void migrate(SQLite::Database& database, std::span<const char* const> steps);

}  // namespace steward::ledger
