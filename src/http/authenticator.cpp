#include "steward/http/authenticator.hpp"

#include <openssl/crypto.h>
#include <strings.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/http/credentials.hpp"
#include "steward/http/failure_limit.hpp"
#include "steward/http/signature.hpp"
#include "steward/http/socket.hpp"

namespace steward::http {
namespace {

using control::Principal;

// Everybody who may come, with what proves it. Immutable; replaced as a whole.
struct Roll {
  struct Entry {
    Principal principal;
    std::vector<std::string> token_hashes;
    std::vector<std::string> sans;
    std::vector<std::string> hmac_secrets;
  };
  std::vector<Entry> entries;
  config::WebUsers users;  // for basic authentication

  [[nodiscard]] const Entry* by_name(std::string_view name) const {
    const auto found = std::ranges::find(
        entries, name, [](const Entry& each) { return std::string_view(each.principal.name); });
    return found == entries.end() ? nullptr : &*found;
  }
};

std::shared_ptr<const Roll> make_roll(const config::Control& control, config::Secrets secrets) {
  auto roll = std::make_shared<Roll>();
  for (std::size_t i = 0; i < control.principals.size(); ++i) {
    const auto& [principal, credentials] = control.principals[i];
    config::Secrets::Of& own = secrets.principals.at(i);
    roll->entries.push_back({principal, std::move(own.token_sha256), credentials.certificate_sans,
                             std::move(own.hmac)});
    if (!credentials.password_bcrypt.empty()) {
      roll->users[principal.name] = credentials.password_bcrypt;
    }
  }
  return roll;
}

bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// "Bearer x" → "x"; nothing for another scheme or an empty token.
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.size() <= kScheme.size() ||
      strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0) {
    return std::nullopt;
  }
  return authorization.substr(kScheme.size());
}

}  // namespace

struct Authenticator::State {
  std::mutex mutex;  // guards the three that follow
  std::shared_ptr<const Roll> roll;
  FailureLimit failures;
  SeenSignatures seen;
  PasswordChecker passwords;
  std::mutex hmac_mutex;

  struct Denial {
    std::string detail;
    bool busy = false;
  };
  struct Undecided {};
  using Found = std::variant<Principal, Denial, Undecided>;
  using Body = std::optional<std::string_view>;  // nothing: it is not there yet

  [[nodiscard]] std::shared_ptr<const Roll> current() {
    const std::lock_guard lock(mutex);
    return roll;
  }

  Found identify(const Request& request, Body body, const Roll& all, Now now) {
    const std::size_t headers = request.count("Authorization");
    if (headers > 1 || (headers == 1 && has_signature(request))) {
      return Denial{"more than one way to prove who it is"};
    }
    if (headers == 1) return by_header(*request.header("Authorization"), all);
    if (has_signature(request)) return by_signature(request, body, all, now);
    return by_certificate(request, all);
  }

  Found by_header(std::string_view authorization, const Roll& all) {
    if (const auto token = bearer_token(authorization)) return by_token(*token, all);
    const auto login = parse_basic(authorization);
    if (!login) return Denial{"an Authorization header that is neither Bearer nor Basic"};
    switch (passwords.check(all.users, *login)) {
      case http::Verdict::granted:
        return all.by_name(login->user)->principal;
      case http::Verdict::busy:
        return Denial{"too many passwords to check at once", true};
      case http::Verdict::denied:
        break;
    }
    return Denial{"a wrong password or an unknown user"};
  }

  // Every hash is looked at, whichever is the right one.
  static Found by_token(std::string_view token, const Roll& all) {
    const std::string hash = config::token_hash(token);
    const Roll::Entry* found = nullptr;
    for (const Roll::Entry& entry : all.entries) {
      for (const std::string& each : entry.token_hashes) {
        if (same_text(each, hash)) found = &entry;
      }
    }
    if (found == nullptr) return Denial{"an unknown bearer token"};
    return found->principal;
  }

  Found by_signature(const Request& request, Body body, const Roll& all, Now now) {
    const auto signature = parse_signature(request);
    if (!signature) return Denial{"a signature that is none"};
    if (signature->time < now.wall - limits::kSignatureAge ||
        signature->time > now.wall + limits::kSignatureAge) {
      return Denial{"a signature of another time"};
    }
    if (!body) return Undecided{};
    const Roll::Entry* signer = signer_of(*signature, *body, all);
    if (signer == nullptr) return Denial{"a wrong signature"};
    const std::lock_guard lock(mutex);
    switch (seen.add(signature->digests, now.steady)) {
      case Use::first:
        return signer->principal;
      case Use::full:
        return Denial{"too many signatures to remember", true};
      case Use::again:
        break;
    }
    return Denial{"a signature that was used before"};
  }

  const Roll::Entry* signer_of(const Signature& signature, std::string_view body, const Roll& all) {
    const std::lock_guard one_at_a_time(hmac_mutex);
    for (const Roll::Entry& entry : all.entries) {
      for (const std::string& secret : entry.hmac_secrets) {
        const auto right = sign(secret, signature.time, body);
        const bool good = right && std::ranges::any_of(signature.digests, [&](const Digest& each) {
                            return same(each, *right);
                          });
        if (good) return &entry;
      }
    }
    return nullptr;
  }

  static Found by_certificate(const Request& request, const Roll& all) {
    for (const Roll::Entry& entry : all.entries) {
      const bool named = std::ranges::any_of(entry.sans, [&](const std::string& san) {
        return std::ranges::find(request.certificate_sans, san) != request.certificate_sans.end();
      });
      if (named) return entry.principal;
    }
    return Denial{request.certificate_sans.empty() ? "no credentials"
                                                   : "a certificate of nobody's"};
  }
};

Authenticator::Authenticator(const config::Control& control, config::Secrets secrets)
    : state_(std::make_unique<State>()) {
  state_->roll = make_roll(control, std::move(secrets));
}

Authenticator::~Authenticator() = default;

std::optional<Authenticator::Verdict> Authenticator::by_head(const Request& request, Now now) {
  auto found = state_->identify(request, std::nullopt, *state_->current(), now);
  if (auto* principal = std::get_if<Principal>(&found)) return std::move(*principal);
  if (std::holds_alternative<State::Undecided>(found)) return std::nullopt;
  auto& denial = std::get<State::Denial>(found);
  return refusal(std::move(denial.detail), denial.busy, request, now);
}

Authenticator::Verdict Authenticator::authenticate(const Request& request, std::string_view body,
                                                   Now now) {
  auto found = state_->identify(request, body, *state_->current(), now);
  if (auto* principal = std::get_if<Principal>(&found)) return std::move(*principal);
  auto& denial = std::get<State::Denial>(found);
  return refusal(std::move(denial.detail), denial.busy, request, now);
}

Authenticator::Verdict Authenticator::refusal(std::string detail, bool busy, const Request& request,
                                              Now now) {
  if (busy)
    return Refusal{503, "overloaded", "too much to check at once; try again", std::move(detail)};
  const std::lock_guard lock(state_->mutex);
  if (!state_->failures.take(network_of(request.remote_address), now.steady)) {
    return Refusal{429, "too_many_failures",
                   "too many attempts with wrong credentials; wait a minute", std::move(detail)};
  }
  return Refusal{401, "unauthenticated",
                 "send a bearer token, a user and password, a signature or a client certificate "
                 "that is configured",
                 std::move(detail)};
}

void Authenticator::reload(const config::Control& control, config::Secrets secrets) {
  auto roll = make_roll(control, std::move(secrets));
  const std::lock_guard lock(state_->mutex);
  state_->roll = std::move(roll);
}

}  // namespace steward::http
