// The ledger in one SQLite file.
#pragma once

#include <memory>
#include <string>

#include "steward/base/result.hpp"
#include "steward/ledger/ledger.hpp"

namespace steward::ledger {

// Opens, or creates with mode 0600, `folder`/ledger.db (WAL, synchronous=FULL), and brings an older
// schema up to date in one transaction; a newer one is refused. The folder is created (0700) if its
// parent exists. One process holds it, by a lock on `folder`/lock: a second one gets an Error that
// names the first one's pid. Fails, too, when the file is not a ledger or is corrupt; the message
// says what to do.
[[nodiscard]] Result<std::unique_ptr<Ledger>> open_sqlite_ledger(const std::string& folder);

}  // namespace steward::ledger
