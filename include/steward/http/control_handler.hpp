// What a request to the control listener goes through before, and after, its route.
#pragma once

#include <optional>

#include "steward/http/control_routes.hpp"
#include "steward/http/message.hpp"

namespace steward::http {

// Authenticates, routes, checks the role, answers; counts it all. Thread-safe.
[[nodiscard]] Handler control_handler(const ControlParts& parts);

// Refused before a body is read: a call without any credentials, but for the open routes.
[[nodiscard]] std::optional<Response> refuse_anonymous(const Request& request);

}  // namespace steward::http
