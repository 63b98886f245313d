#include "steward/http/credentials.hpp"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <strings.h>

#include <cstdint>
#include <memory>
#include <stdexcept>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::http {
namespace {

constexpr std::size_t kBcryptBytes = 72;  // bcrypt ignores the rest; crypt_r refuses 512 and more

std::optional<std::string> decode_base64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  // EVP_DecodeBlock forgives blanks, so the form is checked first.
  const std::size_t letters = text.find_last_not_of('=') + 1;
  const std::size_t padding = text.size() - letters;
  if (text.empty() || text.size() % 4 != 0 || padding > 2) return std::nullopt;
  if (text.substr(0, letters).find_first_not_of(kAlphabet) != std::string_view::npos) return {};
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  out.resize(out.size() - padding);
  return out;
}

bool bcrypt_matches(const std::string& password, const std::string& hash) {
  const std::string counted = password.substr(0, kBcryptBytes);
  const auto data = std::make_unique<crypt_data>();  // 32 KiB, and crypt_r leaves secrets in it
  const char* result = crypt_r(counted.c_str(), hash.c_str(), data.get());
  const std::string_view made = result == nullptr ? "" : result;
  const bool same =
      made.size() == hash.size() && CRYPTO_memcmp(made.data(), hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(data.get(), sizeof(crypt_data));
  return same;
}

void append_sized(std::string& out, std::string_view part) {
  const std::uint64_t size = part.size();
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out += part;
}

// Counts those who wait for their turn.
class Turn {
 public:
  explicit Turn(std::atomic<std::size_t>& waiting)
      : waiting_(waiting), admitted_(waiting.fetch_add(1) < limits::kPasswordChecksWaiting) {}
  ~Turn() { waiting_.fetch_sub(1); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  [[nodiscard]] bool admitted() const { return admitted_; }

 private:
  std::atomic<std::size_t>& waiting_;
  bool admitted_;
};

}  // namespace

std::optional<Login> parse_basic(std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic ";
  if (authorization.size() <= kScheme.size() ||
      authorization.size() > kScheme.size() + limits::kCredentialsBytes / 3 * 4 + 4 ||
      strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0) {
    return std::nullopt;
  }
  const auto decoded = decode_base64(trim(authorization.substr(kScheme.size())));
  if (!decoded || decoded->size() > limits::kCredentialsBytes) return std::nullopt;
  const std::size_t colon = decoded->find(':');
  if (colon == std::string::npos || decoded->find('\0') != std::string::npos) return std::nullopt;
  return Login{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

PasswordChecker::PasswordChecker() {
  if (RAND_bytes(secret_.data(), static_cast<int>(secret_.size())) != 1) {
    throw std::runtime_error("no randomness for the password cache");
  }
}

VerdictCache::Key PasswordChecker::key_of(const Login& login, std::string_view hash) const {
  std::string text;
  for (const std::string_view part :
       {std::string_view(login.user), hash, std::string_view(login.password)}) {
    append_sized(text, part);
  }
  VerdictCache::Key key{};
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.data(), nullptr);
  OPENSSL_cleanse(text.data(), text.size());
  return key;
}

std::optional<Verdict> PasswordChecker::remembered(const VerdictCache::Key& key) const {
  const std::lock_guard lock(caches_mutex_);
  if (granted_.contains(key)) return Verdict::granted;
  if (denied_.contains(key)) return Verdict::denied;
  return std::nullopt;
}

Verdict PasswordChecker::check(const config::WebUsers& users, const Login& login) {
  if (users.empty()) return Verdict::denied;
  const auto user = users.find(login.user);
  const bool known = user != users.end();
  // Somebody's hash stands in for the unknown user's, so that both take as long.
  const std::string& hash = known ? user->second : users.begin()->second;
  const VerdictCache::Key key = key_of(login, hash);
  if (const auto verdict = remembered(key)) return *verdict;

  const Turn turn(waiting_);
  if (!turn.admitted()) return Verdict::busy;
  const std::lock_guard one_at_a_time(bcrypt_mutex_);
  if (const auto verdict = remembered(key)) return *verdict;  // found while this one waited
  const bool granted = bcrypt_matches(login.password, hash) && known;
  const std::lock_guard lock(caches_mutex_);
  (granted ? granted_ : denied_).add(key);
  return granted ? Verdict::granted : Verdict::denied;
}

}  // namespace steward::http
