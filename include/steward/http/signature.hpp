// HMAC-SHA256 signatures of requests, for callers that cannot keep a bearer token secret in
// transit, or want their body protected.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "steward/http/message.hpp"

namespace steward::http {

using Digest = std::array<unsigned char, 32>;

// A signature a request claims to have.
struct Signature {
  std::chrono::sys_seconds time;
  std::vector<Digest> digests;  // several while a secret is replaced
};

// True if the request has one of the signature headers, well-formed or not.
[[nodiscard]] bool has_signature(const Request& request);

// X-Steward-Signature or X-Grafana-Alerting-Signature ("sha256=<hex>" or plain hex, several
// separated by commas, at most 4) and X-Steward-Timestamp (Unix seconds). Nothing if a header is
// missing, repeated, or not of this form.
[[nodiscard]] std::optional<Signature> parse_signature(const Request& request);

// HMAC-SHA256 over "<Unix seconds>:<body>".
[[nodiscard]] Digest sign(std::string_view secret, std::chrono::sys_seconds time,
                          std::string_view body);

// In constant time.
[[nodiscard]] bool same(const Digest& a, const Digest& b);

// The signatures that were accepted, as long as they would be again. Not thread-safe.
class SeenSignatures {
 public:
  // False: it was seen before, or limits::kSignaturesKept others are remembered.
  [[nodiscard]] bool add(const Digest& digest, std::chrono::sys_seconds now);

 private:
  struct Entry {
    std::chrono::sys_seconds until;
    Digest digest;
  };
  std::set<Digest> seen_;
  std::deque<Entry> order_;
};

}  // namespace steward::http
