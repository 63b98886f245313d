// The secrets that the configuration names, read from their files.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/config/control_config.hpp"

namespace steward::config {

struct Secrets {
  struct Of {
    std::vector<std::string> token_sha256;  // lower case; those of the token files, too
    std::vector<std::string> hmac;          // raw bytes, without the final line end
  };
  std::vector<Of> principals;  // in the order of Control::principals
};

// Fails with every file that cannot be read, is larger than limits::kSecretBytes, is readable by
// everybody, or has a secret of less than limits::kSecretLeast bytes; and with tokens that two
// principals have. No message has the secret.
[[nodiscard]] tl::expected<Secrets, std::vector<std::string>> load_secrets(const Control& control);

// What token_sha256 wants of a bearer token: its SHA-256 as 64 hexadecimal digits.
[[nodiscard]] std::string token_hash(std::string_view token);

}  // namespace steward::config
