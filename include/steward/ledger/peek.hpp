// A look into a ledger that another process may keep.
#pragma once

#include <optional>
#include <string>

#include "steward/base/result.hpp"
#include "steward/ledger/ledger.hpp"

namespace steward::ledger {

// Returns what lives in `folder`/ledger.db, whatever its schema; nothing: there is no such file.
// Takes no lock and changes nothing that is kept, so that a steward may run meanwhile. Fails if the
// file may not be read, is no ledger, or is a newer steward's.
[[nodiscard]] Result<std::optional<Contents>> peek(const std::string& folder);

}  // namespace steward::ledger
