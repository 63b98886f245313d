// Which program this is and what it was built from.
#pragma once

#include <string>

namespace steward::cli {

// "haproxy-steward 0.1.0 (revision 0123456789ab)", a line.
[[nodiscard]] std::string about();

// The same, then a line each for the compiler and the libraries.
[[nodiscard]] std::string about_in_full();

}  // namespace steward::cli
