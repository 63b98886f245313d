// Which steward this is.
#pragma once

#include <string_view>

namespace steward {

[[nodiscard]] std::string_view version();   // "0.1.0"
[[nodiscard]] std::string_view revision();  // of the source, or "unknown"

}  // namespace steward
