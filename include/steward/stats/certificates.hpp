// `show ssl cert`: the certificates HAProxy has loaded.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"

namespace steward::stats {

// `show ssl cert`: the names of the certificates loaded; those of an open transaction
// ("*name") are left out.
[[nodiscard]] Result<std::vector<std::string>> parse_certificate_names(std::string_view answer);

struct Certificate {
  std::string file, subject, issuer, serial;
  bool used = false;  // "Status: Used"
  std::optional<std::chrono::sys_seconds> not_before, not_after;
};
// `show ssl cert NAME`. One answer, one certificate.
[[nodiscard]] Result<Certificate> parse_certificate(std::string_view answer);

}  // namespace steward::stats
