// The description of the control listener's routes, src/http/openapi.yaml, within the program.
#pragma once

#include <string_view>

namespace steward::http {

[[nodiscard]] std::string_view openapi();

}  // namespace steward::http
