// The TLS side of a listener, as OpenSSL wants it. Unaware of sockets and HTTP.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/config/web_config.hpp"

struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace steward::http {

// Immutable once made: a new certificate is a new context, and connections keep the one they
// began with. Thread-safe.
class TlsContext {
 public:
  // Reads certificate, key and client CA. Fails with a sentence naming the file.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> make(const config::WebTls& tls);

  // A server session, to be freed with SSL_free; null when memory is short.
  [[nodiscard]] ssl_st* new_session() const;

  // After the handshake: whether the client's names are among those allowed (all are if none
  // were listed). The handshake itself has checked the certificate as client_auth_type says.
  [[nodiscard]] bool admits(const ssl_st* session) const;

  // The same of a session that another context began: as if its client came now.
  [[nodiscard]] bool still_admits(const ssl_st* session) const;

  // Whom a verified client certificate names: its first SAN, else its CN. Empty without one;
  // what nobody verified names nobody.
  [[nodiscard]] std::string principal(const ssl_st* session) const;

  // Every SAN of a verified client certificate.
  [[nodiscard]] std::vector<std::string> names(const ssl_st* session) const;

 private:
  TlsContext() = default;
  [[nodiscard]] const x509_st* verified(const ssl_st* session) const;
  std::shared_ptr<ssl_ctx_st> context_;
  std::vector<std::string> allowed_sans_;
  bool verifies_ = false;
  bool requires_ = false;
};

}  // namespace steward::http
