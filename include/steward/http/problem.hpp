// Errors as application/problem+json (RFC 9457) with a stable code for programs.
#pragma once

#include <string_view>

#include "steward/base/result.hpp"
#include "steward/control/override.hpp"
#include "steward/http/message.hpp"

namespace steward::http {

// {"type":"about:blank","title":…,"status":…,"detail":…,"code":…}
[[nodiscard]] Response problem(int status, std::string_view code, std::string_view detail);

// The listener's own refusals: the code follows from the status.
[[nodiscard]] Response problem_of_status(int status, std::string_view detail);

// What was wrong with a request, or with the ledger.
[[nodiscard]] Response problem_of(const Error& error);

// What a guard has against it.
[[nodiscard]] Response problem_of(control::Guard guard, std::string_view detail);

// A JSON answer.
[[nodiscard]] Response json_answer(int status, std::string text);

}  // namespace steward::http
