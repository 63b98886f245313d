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

// HMAC-SHA256 over "<Unix seconds>:<body>". Nothing if it cannot be made, for want of memory: no
// digest of a stranger's may equal that.
[[nodiscard]] std::optional<Digest> sign(std::string_view secret, std::chrono::sys_seconds time,
                                         std::string_view body);

// In constant time.
[[nodiscard]] bool same(const Digest& a, const Digest& b);

enum class Use {
  first,
  again,
  full,  // limits::kSignaturesKept others are remembered; try again later
};

// The signatures that were accepted, as long as they would be again. Not thread-safe.
class SeenSignatures {
 public:
  using Time = std::chrono::steady_clock::time_point;  // a wall clock that is set forgets nothing

  // All signatures of one request are used up together, also those nobody could check: whoever
  // saw it could otherwise use the others one by one. Remembers them only if it is their first use.
  [[nodiscard]] Use add(const std::vector<Digest>& digests, Time now);

 private:
  struct Entry {
    Time until;
    Digest digest;
  };
  std::set<Digest> seen_;
  std::deque<Entry> order_;
};

}  // namespace steward::http
