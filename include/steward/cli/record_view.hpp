// Overrides, the audit and evaluations as tables. Pure.
#pragma once

#include <string>

#include "steward/cli/client.hpp"
#include "steward/cli/table.hpp"

namespace steward::cli {

// Of GET servers.
[[nodiscard]] Table servers_table(const Json& servers);

// Of GET overrides, with the memberships beside them under that name.
[[nodiscard]] Table overrides_table(const Json& overrides);

// Lines of the audit; without titles, as they may go on.
[[nodiscard]] Table audit_table(const Json& lines, bool titles);

// Of an answer of POST evaluate to `payload`: a heading for each alert or action, below it what
// each rule says, a row for each server it meant, and what each guard says.
[[nodiscard]] std::string evaluation_text(const Json& answer, const Json& payload, bool colour);

}  // namespace steward::cli
