// The page at /: what this is, and where to go on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace steward::http {

[[nodiscard]] std::string landing_page(std::string_view telemetry_path,
                                       const std::vector<std::string>& instances);

}  // namespace steward::http
