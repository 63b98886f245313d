#include "steward/config/web_config.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/config/yaml.hpp"

namespace steward::config {
namespace {

Result<ClientAuth> parse_client_auth(std::string_view text) {
  return one_of<ClientAuth>({
      {"NoClientCert", ClientAuth::no_client_cert},
      {"RequestClientCert", ClientAuth::request_client_cert},
      {"RequireAnyClientCert", ClientAuth::require_any_client_cert},
      {"RequireClientCert", ClientAuth::require_any_client_cert},  // its old name
      {"VerifyClientCertIfGiven", ClientAuth::verify_client_cert_if_given},
      {"RequireAndVerifyClientCert", ClientAuth::require_and_verify_client_cert},
  })(text);
}

Result<TlsVersion> parse_tls_version(std::string_view text) {
  return one_of<TlsVersion>({
      {"TLS13", TlsVersion::tls13},
      {"TLS12", TlsVersion::tls12},
      {"TLS11", TlsVersion::tls11},
      {"TLS10", TlsVersion::tls10},
  })(text);
}

constexpr std::array<std::string_view, 4> kCurves{"CurveP256", "CurveP384", "CurveP521", "X25519"};

// Those Go calls secure; TLS 1.3's own are always on, there as here.
constexpr std::array<std::string_view, 13> kCipherSuites{
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
};

constexpr std::array<std::string_view, 5> kHeaders{
    "Strict-Transport-Security", "X-Content-Type-Options",  "X-Frame-Options",
    "X-XSS-Protection",          "Content-Security-Policy",
};

bool all_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// "$2y$10$" and 53 of bcrypt's own base64.
bool bcrypt_hash(std::string_view hash) {
  constexpr std::string_view kAlphabet =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  if (hash.size() != 60 || !hash.starts_with("$2") || hash[3] != '$' || hash[6] != '$')
    return false;
  if (std::string_view("aby").find(hash[2]) == std::string_view::npos) return false;
  return hash.substr(7).find_first_not_of(kAlphabet) == std::string_view::npos;
}

// Go's durations: "1s", "200ms", "1m30s", "1.5h"; "0" needs no unit.
Result<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
      {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}}};
  constexpr double kYear = 3.2e16;
  const auto wrong = fail(ErrorCode::invalid, "must be a duration, e.g. 200ms or 1s");
  if (text == "0") return std::chrono::nanoseconds(0);
  double total = 0;
  while (!text.empty()) {
    double value = 0;
    const auto parsed =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (parsed.ec != std::errc{} || !std::isfinite(value) || std::signbit(value)) return wrong;
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    const auto unit_size = std::min(text.find_first_not_of("numsh"), text.size());
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& each) {
      return each.first == text.substr(0, unit_size);
    });
    if (unit == kUnits.end()) return wrong;
    total += value * unit->second;
    text.remove_prefix(unit_size);
  }
  if (total <= 0 || total > kYear) return wrong;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(total));
}

template <std::size_t N>
auto among(const std::array<std::string_view, N>& names) {
  return [&names](std::string_view text) -> Result<std::string> {
    if (std::find(names.begin(), names.end(), text) != names.end()) return std::string(text);
    return not_one_of(text, fmt::format("{}", fmt::join(names, ", ")));
  };
}

Result<std::string> parse_name(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::invalid, "must not be empty");
  return std::string(text);
}

// A path of the file is relative to the file's folder.
std::string resolved(const std::string& path, const std::filesystem::path& folder) {
  return path.empty() ? path : (folder / path).lexically_normal().string();
}

void read_pem(Section& section, const std::string& name, Pem& pem,
              const std::filesystem::path& folder) {
  const std::string file_key = name + "_file";
  section.read(name, pem.text);
  section.read(file_key, pem.file);
  if (!pem.text.empty() && !pem.file.empty()) {
    section.problem(file_key, fmt::format("excludes {}: give one of them", name));
  }
  pem.file = resolved(pem.file, folder);
}

void check_client_auth(Section& section, const WebTls& tls) {
  const bool required = tls.client_auth == ClientAuth::require_any_client_cert ||
                        tls.client_auth == ClientAuth::require_and_verify_client_cert;
  if (!tls.client_ca.empty() && tls.client_auth == ClientAuth::no_client_cert) {
    section.problem("client_ca_file", "has no effect without a client_auth_type");
  }
  if (tls.client_ca.empty() && verifies(tls.client_auth)) {
    section.problem("client_ca_file", "is missing: client_auth_type asks to verify certificates");
  }
  if (!tls.client_allowed_sans.empty() && !required) {
    section.problem("client_allowed_sans",
                    "needs client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert");
  }
}

void check_tls(Section& section, const WebTls& tls) {
  if (tls.cert.empty()) section.problem("cert_file", "is missing");
  if (tls.key.empty()) section.problem("key_file", "is missing");
  check_client_auth(section, tls);
  if (tls.min_version < TlsVersion::tls12) {
    section.problem("min_version", "is below TLS12: older versions are not spoken here");
  }
  if (tls.min_version > tls.max_version) section.problem("min_version", "is above max_version");
}

// An empty section is none, as in the toolkit; one that only repeats defaults asks for TLS.
void read_tls(Section& section, std::optional<WebTls>& into, const std::filesystem::path& folder) {
  if (section.empty()) return;
  WebTls tls;
  read_pem(section, "cert", tls.cert, folder);
  read_pem(section, "key", tls.key, folder);
  read_pem(section, "client_ca", tls.client_ca, folder);
  section.read("client_auth_type", tls.client_auth, parse_client_auth);
  section.read_list("client_allowed_sans", tls.client_allowed_sans, parse_name, limits::kListItems);
  section.read("min_version", tls.min_version, parse_tls_version);
  section.read("max_version", tls.max_version, parse_tls_version);
  section.read_list("cipher_suites", tls.cipher_suites, among(kCipherSuites), limits::kListItems);
  section.read("prefer_server_cipher_suites", tls.prefer_server_cipher_suites);
  section.read_list("curve_preferences", tls.curve_preferences, among(kCurves), limits::kListItems);
  check_tls(section, tls);
  into = std::move(tls);
}

Result<void> check_header(std::string_view name, std::string_view value) {
  if (std::find(kHeaders.begin(), kHeaders.end(), name) == kHeaders.end()) {
    return fail(ErrorCode::invalid, "cannot be configured; known are {}",
                fmt::join(kHeaders, ", "));
  }
  if (!all_printable(value)) return fail(ErrorCode::invalid, "may hold printable ASCII only");
  if (name == "X-Content-Type-Options" && value != "nosniff") {
    return fail(ErrorCode::invalid, "can only be nosniff");
  }
  if (name == "X-Frame-Options" && value != "deny" && value != "sameorigin") {
    return fail(ErrorCode::invalid, "can only be deny or sameorigin");
  }
  return {};
}

void read_http(Section& section, WebConfig& config) {
  bool http2 = true;  // accepted: a client that offers it also speaks 1.1
  section.read("http2", http2);
  section.read_entries("headers", limits::kListItems,
                       [&](std::string_view name, std::string_view value) {
                         if (value.empty()) return Result<void>{};  // "unset if blank"
                         config.headers.emplace_back(name, value);
                         return check_header(name, value);
                       });
}

// The value is not quoted in messages: it may be a password somebody forgot to hash.
Result<void> check_user(std::string_view user, std::string_view hash) {
  if (user.empty() || user.find(':') != std::string_view::npos || !all_printable(user)) {
    return fail(ErrorCode::invalid, "a user name must be printable ASCII without a colon");
  }
  if (!bcrypt_hash(hash)) {
    return fail(ErrorCode::invalid,
                "not a bcrypt hash ($2y$, $2a$ or $2b$, 60 characters); make one with: "
                "htpasswd -nBC 10 \"\"");
  }
  const int cost = parse_number<int>(hash.substr(4, 2)).value_or(0);
  if (cost < 4 || cost > limits::kBcryptCostMax) {
    return fail(ErrorCode::invalid, "bcrypt cost {} is not between 4 and {}", hash.substr(4, 2),
                limits::kBcryptCostMax);
  }
  return {};
}

void read_rate_limit(Section& section, std::optional<RateLimit>& into) {
  RateLimit limit;
  section.read("interval", limit.interval, parse_go_duration);
  section.read("burst", limit.burst);
  if (limit.interval.count() == 0) return;  // off
  if (limit.burst == 0) section.problem("burst", "0 would refuse every request");
  into = limit;
}

void read_document(Section& root, WebConfig& config, const std::filesystem::path& folder) {
  root.section("tls_server_config", config.tls,
               [&](Section& section, auto& tls) { read_tls(section, tls, folder); });
  root.section("http_server_config", config, read_http);
  root.read_entries("basic_auth_users", limits::kWebUsers,
                    [&](std::string_view user, std::string_view hash) {
                      config.users.emplace(user, hash);
                      return check_user(user, hash);
                    });
  root.section("rate_limit", config.rate_limit, read_rate_limit);
}

}  // namespace

Result<WebConfig> parse_web_config(std::string_view text, const std::string& file) {
  WebConfig config;
  const auto folder = std::filesystem::path(file).parent_path();
  const auto problems =
      read_yaml(text, file, [&](Section& root) { read_document(root, config, folder); });
  if (!problems.empty()) {
    return fail(ErrorCode::invalid, "{}", fmt::join(problems, "\n"));
  }
  return config;
}

Result<WebConfig> load_web_config(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(limits::kConfigBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (!in.eof() && !in)) {
    return fail(ErrorCode::unreachable, "cannot read the web config file {}: {}", printable(file),
                std::generic_category().message(errno));
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > limits::kConfigBytes) {
    return fail(ErrorCode::limit, "the web config file {} is larger than {} bytes", printable(file),
                limits::kConfigBytes);
  }
  return parse_web_config(text, file);
}

}  // namespace steward::config
