#include "steward/config/secrets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/config/files.hpp"

namespace steward::config {
namespace {

Result<std::string> read_secret(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
    return fail(ErrorCode::invalid, "{}: everybody can read this secret; chmod 640 it",
                printable(file));
  }
  auto text = read_file(file, limits::kSecretBytes);
  if (!text) return text;
  if (text->size() > limits::kSecretBytes) {
    return fail(ErrorCode::limit, "{}: a secret has at most {} bytes", printable(file),
                limits::kSecretBytes);
  }
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  if (text->size() >= limits::kSecretLeast) return text;
  return fail(ErrorCode::invalid, "{}: a secret of {} bytes can be guessed; it needs {} at least",
              printable(file), text->size(), limits::kSecretLeast);
}

class Loading {
 public:
  Secrets::Of load(const PrincipalConfig& config) {
    Secrets::Of secrets;
    for (std::string hash : config.credentials.token_sha256) {
      std::ranges::transform(hash, hash.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      });
      keep_hash(std::move(hash), config.principal.name, secrets);
    }
    for (const std::string& file : config.credentials.token_files) {
      if (const auto token = read(file))
        keep_hash(token_hash(*token), config.principal.name, secrets);
    }
    for (const std::string& file : config.credentials.hmac_secret_files) {
      auto secret = read(file);
      if (!secret) continue;
      claim(token_hash(*secret), config.principal.name);
      secrets.hmac.push_back(*std::move(secret));
    }
    return secrets;
  }

  std::vector<std::string> problems;

 private:
  Result<std::string> read(const std::string& file) {
    auto secret = read_secret(file);
    if (!secret) problems.push_back(secret.error().message);
    return secret;
  }

  void keep_hash(std::string hash, const std::string& owner, Secrets::Of& into) {
    claim(hash, owner);
    into.token_sha256.push_back(std::move(hash));
  }

  // Who has it must be one.
  void claim(const std::string& hash, const std::string& owner) {
    const auto [found, fresh] = owners_.emplace(hash, owner);
    if (fresh || found->second == owner) return;
    problems.push_back(
        fmt::format("principals: {} and {} have the same token or secret", found->second, owner));
  }

  std::map<std::string, std::string> owners_;  // of what proves who it is, by its hash
};

}  // namespace

tl::expected<Secrets, std::vector<std::string>> load_secrets(const Control& control) {
  Loading loading;
  Secrets secrets;
  for (const PrincipalConfig& each : control.principals) {
    secrets.principals.push_back(loading.load(each));
  }
  if (!loading.problems.empty()) return tl::unexpected(std::move(loading.problems));
  return secrets;
}

std::string token_hash(std::string_view token) {
  std::array<unsigned char, 32> digest{};
  EVP_Digest(token.data(), token.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace steward::config
