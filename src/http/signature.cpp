#include "steward/http/signature.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <strings.h>

#include <algorithm>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::http {
namespace {

constexpr std::array<const char*, 2> kSignatureHeaders{"X-Steward-Signature",
                                                       "X-Grafana-Alerting-Signature"};
constexpr std::size_t kSignaturesMost = 4;

std::vector<std::string_view> values(const Request& request, const char* name) {
  std::vector<std::string_view> all;
  for (const auto& [key, value] : request.headers) {
    if (strcasecmp(key.c_str(), name) == 0) all.emplace_back(value);
  }
  return all;
}

std::optional<Digest> parse_hex(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256=";
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  Digest digest{};
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const auto pair = text.substr(2 * i, 2);
    const char* end = pair.data() + pair.size();
    if (pair[0] == '-' || std::from_chars(pair.data(), end, digest[i], 16).ptr != end) {
      return std::nullopt;
    }
  }
  return digest;
}

}  // namespace

bool has_signature(const Request& request) {
  return std::ranges::any_of(kSignatureHeaders,
                             [&](const char* name) { return !values(request, name).empty(); });
}

std::optional<Signature> parse_signature(const Request& request) {
  std::vector<std::string_view> texts;
  for (const char* name : kSignatureHeaders) {
    for (const auto value : values(request, name)) texts.push_back(value);
  }
  const auto times = values(request, "X-Steward-Timestamp");
  if (texts.size() != 1 || times.size() != 1) return std::nullopt;
  const auto seconds = parse_number<std::int64_t>(times.front());
  constexpr std::int64_t kMost = 253'402'300'799;  // the year 9999
  if (!seconds || *seconds < 0 || *seconds > kMost) return std::nullopt;
  Signature signature{std::chrono::sys_seconds(std::chrono::seconds(*seconds)), {}};
  for (const auto part : split(texts.front(), ',')) {
    const auto digest = parse_hex(trim(part));
    if (!digest || signature.digests.size() == kSignaturesMost) return std::nullopt;
    signature.digests.push_back(*digest);
  }
  return signature;
}

std::optional<Digest> sign(std::string_view secret, std::chrono::sys_seconds time,
                           std::string_view body) {
  const std::string text = fmt::format("{}:{}", time.time_since_epoch().count(), body);
  Digest digest{};
  const auto* made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                          digest.data(), nullptr);
  return made == nullptr ? std::nullopt : std::optional(digest);
}

bool same(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Use SeenSignatures::add(const std::vector<Digest>& digests, Time now) {
  while (!order_.empty() && order_.front().until < now) {
    seen_.erase(order_.front().digest);
    order_.pop_front();
  }
  const auto known = [this](const Digest& each) { return seen_.contains(each); };
  if (std::ranges::any_of(digests, known)) return Use::again;
  if (order_.size() + digests.size() > limits::kSignaturesKept) return Use::full;
  // A timestamp may lie as far ahead as behind, and its last second counts.
  const Time until = now + 2 * limits::kSignatureAge + std::chrono::seconds(1);
  for (const Digest& each : digests) {
    if (seen_.insert(each).second) order_.push_back({until, each});
  }
  return Use::first;
}

}  // namespace steward::http
