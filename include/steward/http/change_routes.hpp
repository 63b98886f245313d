// The routes of servers that come and go, and of rollouts.
#pragma once

#include <vector>

#include "steward/http/control_routes.hpp"

namespace steward::http {

[[nodiscard]] std::vector<Route> change_routes(const ControlParts& parts);

}  // namespace steward::http
