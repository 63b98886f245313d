#include "steward/ledger/peek.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "steward/base/text.hpp"
#include "steward/ledger/queries.hpp"
#include "steward/ledger/schema.hpp"

namespace steward::ledger {
namespace {

// Returns the file as a URI. One without a write-ahead log is opened as if nobody could write it:
// else SQLite would leave a log of its own in the folder.
std::string uri_of(const std::string& file) {
  std::string uri = "file:";
  for (const char c : file) {
    const bool special = c == '%' || c == '?' || c == '#';
    uri += special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  std::error_code error;
  const bool at_rest = !std::filesystem::exists(file + "-wal", error);
  return uri + (at_rest ? "?mode=ro&immutable=1" : "?mode=ro");
}

int number_in(SQLite::Database& database, const char* sql) {
  return database.execAndGet(sql).getInt();
}

// Brings a copy of what lives up to date, in memory; the audit stays behind.
Contents copied(const std::string& file) {
  SQLite::Database copy(":memory:",
                        SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_URI);
  SQLite::Statement attach(copy, "ATTACH ? AS kept");
  attach.bind(1, uri_of(file));
  attach.exec();
  const int version = number_in(copy, "PRAGMA kept.user_version");
  SQLite::Statement names(
      copy,
      "SELECT name FROM kept.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  while (names.executeStep()) {
    const std::string name = names.getColumn(0).getString();
    const std::string_view which = name == "audit"       ? " LIMIT 0"
                                   : name == "overrides" ? " WHERE ended IS NULL"
                                                         : "";
    copy.exec(
        fmt::format("CREATE TABLE main.\"{0}\" AS SELECT * FROM kept.\"{0}\"{1}", name, which));
  }
  names.reset();
  copy.exec(fmt::format("PRAGMA main.application_id = {}",
                        number_in(copy, "PRAGMA kept.application_id")));
  copy.exec(fmt::format("PRAGMA main.user_version = {}", version));
  copy.exec("DETACH kept");
  migrate(copy, schema_steps());
  return read_contents(copy, Time::max());
}

}  // namespace

Result<std::optional<Contents>> peek(const std::string& folder) {
  const std::string file = folder + "/ledger.db";
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return std::nullopt;
  try {
    return copied(file);
  } catch (const SQLite::Exception& e) {
    return fail(ErrorCode::unreachable, "the ledger {}: {}", printable(file), e.what());
  } catch (const std::exception& e) {
    return fail(ErrorCode::internal, "the ledger {}: {}", printable(file), e.what());
  }
}

}  // namespace steward::ledger
