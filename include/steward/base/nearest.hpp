// Which name did they mean?
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace steward {

// "did you mean 'web1'?" if one of the names is within two letters of `name`; otherwise the names
// there are, "there is: a, b, c" (the first twenty). "there is none" without names.
[[nodiscard]] std::string suggestion(std::string_view name, std::span<const std::string> names,
                                     std::string_view there_is = "there is");

}  // namespace steward
