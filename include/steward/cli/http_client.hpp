// The daemon's API over HTTP, TLS or a unix socket.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "steward/base/result.hpp"
#include "steward/cli/client.hpp"

namespace steward::cli {

// Where a daemon is.
struct Url {
  std::string unix_path;  // of a unix socket; the rest is empty then
  std::string host;
  int port = 0;
  bool tls = false;
  std::string prefix;  // of every path, if it is behind another server; no "/" at its end

  bool operator==(const Url&) const = default;
};

// "http://host:port", "https://host[:port][/prefix]", "https://[::1]:9180", "unix:/path". There is
// no user, query or fragment in it.
[[nodiscard]] Result<Url> parse_url(std::string_view text);
[[nodiscard]] std::string to_string(const Url& url);

struct HttpOptions {
  Url url;
  std::string token;   // of printable ASCII; empty: none is sent
  std::string cacert;  // a file of certificates that are trusted; empty: the system's
  std::chrono::milliseconds timeout{10'000};  // of a whole request
};

// A connection a call; a certificate that is not trusted is unreachable. Redirects are not
// followed: the token is for nobody else.
[[nodiscard]] std::unique_ptr<Client> http_client(HttpOptions options);

}  // namespace steward::cli
