// A line of the audit as a line of the log.
#pragma once

#include <string>

#include "steward/control/audit.hpp"

namespace steward::daemon {

// What a person who reads the log wants to know of it; what is empty is left out.
[[nodiscard]] std::string sentence_of(const control::AuditRecord& line);

}  // namespace steward::daemon
