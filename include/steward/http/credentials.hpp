// Who is asking: HTTP basic authentication against bcrypt hashes. Unaware of connections.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "steward/config/web_config.hpp"
#include "steward/http/verdict_cache.hpp"

namespace steward::http {

struct Login {
  std::string user;
  std::string password;
};

// The value of an Authorization header; nothing when it is not well-formed basic authentication
// (strict base64, a colon, no NUL, at most kCredentialsBytes).
[[nodiscard]] std::optional<Login> parse_basic(std::string_view authorization);

enum class Verdict {
  granted,
  denied,
  busy,  // kPasswordChecksWaiting others wait for bcrypt already; try again
};

// Checks passwords, one bcrypt at a time, and remembers the answers: a scrape every 15 s must not
// cost 80 ms of CPU, nor must a client with a wrong password. An unknown user costs as much as a
// known one. Thread-safe.
class PasswordChecker {
 public:
  PasswordChecker();

  // `users` may differ from call to call: a verdict belongs to the hash it was found with.
  // Passwords count up to bcrypt's 72 bytes.
  [[nodiscard]] Verdict check(const config::WebUsers& users, const Login& login);

 private:
  [[nodiscard]] VerdictCache::Key key_of(const Login& login, std::string_view hash) const;
  [[nodiscard]] std::optional<Verdict> remembered(const VerdictCache::Key& key) const;

  VerdictCache::Key secret_;  // random, of this process: what leaks from the caches says nothing
  mutable std::mutex caches_mutex_;
  VerdictCache granted_;  // apart, so that guesses cannot push out who may enter
  VerdictCache denied_;
  std::mutex bcrypt_mutex_;
  std::atomic<std::size_t> waiting_{0};
};

}  // namespace steward::http
