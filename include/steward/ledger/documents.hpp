// Memberships and rollouts as the JSON documents that the ledger keeps.
#pragma once

#include <string>

#include "steward/control/membership.hpp"
#include "steward/control/ramp.hpp"
#include "steward/control/rollout.hpp"

namespace steward::ledger {

// read_document reads back what document_of wrote, by this version or an older one. Fields that are
// absent stay as they are in `into`; what is no such document throws SQLite::Exception
// (SQLITE_CORRUPT).
[[nodiscard]] std::string document_of(const control::Membership& membership);
[[nodiscard]] std::string document_of(const control::Rollout& rollout);
[[nodiscard]] std::string document_of(const control::Ramp& ramp);
void read_document(const std::string& document, control::Ramp& into);
void read_document(const std::string& document, control::Membership& into);
void read_document(const std::string& document, control::Rollout& into);

}  // namespace steward::ledger
