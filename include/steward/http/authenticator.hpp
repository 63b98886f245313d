// Who calls the control listener: bearer token, basic, client certificate or HMAC → Principal.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "steward/base/result.hpp"
#include "steward/config/control_config.hpp"
#include "steward/config/secrets.hpp"
#include "steward/control/principal.hpp"
#include "steward/http/message.hpp"

namespace steward::http {

// Deny by default. Thread-safe; reload() may come at any time. What it remembers (failures a
// source, signatures seen) is bounded.
//
// - `Authorization: Bearer TOKEN`: SHA-256 of the token compared in constant time with every
//   configured hash.
// - `Authorization: Basic …`: PasswordChecker (credentials.hpp).
// - A verified client certificate whose subjectAltName is a principal's, if there is no
//   Authorization header and no signature.
// - `X-Steward-Timestamp: <unix seconds>` and `X-Steward-Signature: sha256=<hex>[, sha256=<hex>]`
//   (also X-Grafana-Alerting-Signature with the timestamp header): HMAC-SHA256 over
//   "<timestamp>:<raw body>", at most limits::kSignatureAge old or early; a signature that was
//   accepted is not accepted again, nor is another of the same request; a restart forgets that.
//   The principal is the one whose secret it is. One is checked at a time, against at most
//   limits::kHmacSecrets secrets: strangers' bodies cost one core at most.
// More than one Authorization or signature header is a denial.
//
// Each failure takes a token of its source's bucket (limits::kAuthFailures a minute); a source
// (network_of) without tokens is refused, but a right credential from it still passes.
class Authenticator {
 public:
  struct Refusal {
    int status;           // 401, 429, or 503 when there is too much to check or to remember
    std::string code;     // "unauthenticated", "too_many_failures", "overloaded"
    std::string message;  // for the client: never says which part was wrong
    std::string detail;   // for the log and the audit; no secret in it
  };
  using Verdict = std::variant<control::Principal, Refusal>;
  struct Now {  // both clocks at one moment
    std::chrono::steady_clock::time_point steady;
    std::chrono::sys_seconds wall;
  };

  Authenticator(const config::Control& control, config::Secrets secrets);
  ~Authenticator();

  // What the head alone proves, or refutes; nothing if it takes the body to tell.
  [[nodiscard]] std::optional<Verdict> by_head(const Request& request, Now now);

  // `body` is the raw one, whole.
  [[nodiscard]] Verdict authenticate(const Request& request, std::string_view body, Now now);

  void reload(const config::Control& control, config::Secrets secrets);

 private:
  struct State;
  [[nodiscard]] Verdict refusal(std::string detail, bool busy, const Request& request, Now now);
  std::unique_ptr<State> state_;
};

}  // namespace steward::http
