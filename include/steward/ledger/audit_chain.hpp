// The hash that chains the audit log, so that a line cannot be changed or removed unseen.
#pragma once

#include <string>
#include <string_view>

#include "steward/control/audit.hpp"

namespace steward::ledger {

// The hash before the first line.
inline constexpr std::string_view kNoHash =
    "0000000000000000000000000000000000000000000000000000000000000000";

// SHA-256, as 64 hexadecimal digits, over the previous hash (those digits) and the record as
// netstrings ("<length>:<bytes>,"), in this order: sequence, time (milliseconds since 1970),
// event, request, principal, source, rule, alert, override_id, target, setting, before, after,
// verdict, command, answer, duration (microseconds); numbers in decimal.
[[nodiscard]] std::string chain_hash(std::string_view previous, std::uint64_t sequence,
                                     const control::AuditRecord& record);

}  // namespace steward::ledger
