// Digests as they are written.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "steward/http/signature.hpp"

namespace steward::test {

inline std::string hex(const http::Digest& digest) {
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace steward::test
