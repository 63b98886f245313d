// From flags and environment to somebody who answers.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "steward/base/address.hpp"
#include "steward/base/result.hpp"
#include "steward/cli/client.hpp"
#include "steward/cli/options.hpp"
#include "steward/cli/verb_flags.hpp"

namespace steward::cli {

// What the environment says: STEWARD_URL, STEWARD_TOKEN_FILE, STEWARD_TOKEN.
struct Environment {
  Typed url, token_file, token;
};

struct ConnectionOptions {
  std::optional<Address> socket;  // straight to HAProxy; else:
  std::string url = "http://127.0.0.1:9180";
  std::string token_file;  // empty: `token`, if there is one
  std::string token, cacert;
  std::chrono::milliseconds timeout{10'000};  // of a request
  Output output = Output::table;
  std::string flags;  // to be typed again behind a command: " --url unix:/x", "" without any
};

// A flag wins over the environment; a token file over a token. Errors begin with the flag.
[[nodiscard]] Result<ConnectionOptions> options_of(const ConnectionFlags& flags,
                                                   const Environment& environment);

// Reads the token's file. Fails (invalid) on a token that cannot be one.
[[nodiscard]] Result<std::unique_ptr<Client>> connect(const ConnectionOptions& options);

}  // namespace steward::cli
