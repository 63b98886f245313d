// exporter-toolkit's web.config.file: TLS, users, headers and a rate limit for the listener. Same
// keys and meaning as there; what would be accepted there and then not protect anything is an
// error here. Unaware of OpenSSL and HTTP: the certificates are names of files.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steward/base/result.hpp"

namespace steward::config {

// Go's crypto/tls names, as the file writes them.
enum class ClientAuth {
  no_client_cert,
  request_client_cert,
  require_any_client_cert,
  verify_client_cert_if_given,
  require_and_verify_client_cert,
};

// Whether a client's certificate is checked against client_ca, so that its name means something.
[[nodiscard]] constexpr bool verifies(ClientAuth auth) {
  return auth == ClientAuth::verify_client_cert_if_given ||
         auth == ClientAuth::require_and_verify_client_cert;
}

enum class TlsVersion { tls10, tls11, tls12, tls13 };

// PEM, either written in the file or named by it (then an absolute path, or relative to the
// working directory). At most one of the two is set.
struct Pem {
  std::string text;
  std::string file;
  [[nodiscard]] bool empty() const { return text.empty() && file.empty(); }
  bool operator==(const Pem&) const = default;
};

struct WebTls {
  Pem cert;
  Pem key;
  Pem client_ca;
  ClientAuth client_auth = ClientAuth::no_client_cert;
  std::vector<std::string> client_allowed_sans;  // empty: any
  TlsVersion min_version = TlsVersion::tls12;
  TlsVersion max_version = TlsVersion::tls13;
  std::vector<std::string> cipher_suites;  // IANA names, up to TLS 1.2; empty: the default
  bool prefer_server_cipher_suites = true;
  std::vector<std::string> curve_preferences;  // CurveP256, CurveP384, CurveP521, X25519
  bool operator==(const WebTls&) const = default;
};

// A token bucket: one request an interval, `burst` at once.
struct RateLimit {
  std::chrono::nanoseconds interval{0};
  unsigned burst = 0;
  bool operator==(const RateLimit&) const = default;
};

using WebUsers = std::map<std::string, std::string, std::less<>>;  // user: bcrypt hash

struct WebConfig {
  std::optional<WebTls> tls;                                 // empty: plain HTTP
  std::vector<std::pair<std::string, std::string>> headers;  // put on every answer
  WebUsers users;                                            // empty: nobody is asked
  std::optional<RateLimit> rate_limit;                       // empty: none
  bool operator==(const WebConfig&) const = default;
};

// Reads `text`; `file` is its name, for messages and as the base of relative paths. The error
// lists every problem, one a line, as file:line:column.
[[nodiscard]] Result<WebConfig> parse_web_config(std::string_view text, const std::string& file);

// The same from the file itself.
[[nodiscard]] Result<WebConfig> load_web_config(const std::string& file);

}  // namespace steward::config
