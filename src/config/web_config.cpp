#include "steward/config/web_config.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <system_error>

#include "steward/base/limits.hpp"
#include "steward/config/web_config_reader.hpp"

namespace steward::config {
namespace {

constexpr std::array kClientAuths{
    Name<ClientAuth>{"NoClientCert", ClientAuth::no_client_cert},
    Name<ClientAuth>{"RequestClientCert", ClientAuth::request_client_cert},
    Name<ClientAuth>{"RequireAnyClientCert", ClientAuth::require_any_client_cert},
    Name<ClientAuth>{"RequireClientCert", ClientAuth::require_any_client_cert},  // its old name
    Name<ClientAuth>{"VerifyClientCertIfGiven", ClientAuth::verify_client_cert_if_given},
    Name<ClientAuth>{"RequireAndVerifyClientCert", ClientAuth::require_and_verify_client_cert},
};

constexpr std::array kTlsVersions{
    Name<TlsVersion>{"TLS13", TlsVersion::tls13},
    Name<TlsVersion>{"TLS12", TlsVersion::tls12},
    Name<TlsVersion>{"TLS11", TlsVersion::tls11},
    Name<TlsVersion>{"TLS10", TlsVersion::tls10},
};

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
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  static constexpr std::array kUnits{Name<double>{"ns", 1},   Name<double>{"us", 1e3},
                                     Name<double>{"ms", 1e6}, Name<double>{"s", 1e9},
                                     Name<double>{"m", 6e10}, Name<double>{"h", 3.6e12}};
  if (text == "0") return std::chrono::nanoseconds(0);
  double total = 0;
  while (!text.empty()) {
    double value = 0;
    const auto parsed =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (parsed.ec != std::errc{} || !std::isfinite(value) || std::signbit(value)) return {};
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    const auto unit_size = std::min(text.find_first_not_of("numsh"), text.size());
    const auto unit = std::ranges::find(kUnits, text.substr(0, unit_size), &Name<double>::name);
    if (unit == kUnits.end()) return {};
    total += value * unit->value;
    text.remove_prefix(unit_size);
  }
  constexpr double kYear = 3.2e16;
  if (total <= 0 || total > kYear) return {};
  return std::chrono::nanoseconds(static_cast<std::int64_t>(total));
}

template <std::size_t N>
std::function<bool(const std::string&)> among(const std::array<std::string_view, N>& names) {
  return
      [&names](const std::string& value) { return std::ranges::find(names, value) != names.end(); };
}

void check_pem(Reader& reader, const YAML::Mark& at, Pem& pem, std::string_view name) {
  if (!pem.text.empty() && !pem.file.empty()) {
    reader.problem(at, "{} and {}_file exclude each other", name, name);
  }
  reader.resolve(pem.file);
}

void check_client_auth(Reader& reader, const YAML::Mark& at, const WebTls& tls) {
  const bool required = tls.client_auth == ClientAuth::require_any_client_cert ||
                        tls.client_auth == ClientAuth::require_and_verify_client_cert;
  if (!tls.client_ca.empty() && tls.client_auth == ClientAuth::no_client_cert) {
    reader.problem(at, "client_ca_file has no effect without a client_auth_type");
  }
  if (tls.client_ca.empty() && verifies(tls.client_auth)) {
    reader.problem(at, "missing client_ca_file: client_auth_type asks to verify certificates");
  }
  if (!tls.client_allowed_sans.empty() && !required) {
    reader.problem(at,
                   "client_allowed_sans needs client_auth_type RequireAnyClientCert or "
                   "RequireAndVerifyClientCert");
  }
}

void check_tls(Reader& reader, const YAML::Mark& at, WebTls& tls) {
  check_pem(reader, at, tls.cert, "cert");
  check_pem(reader, at, tls.key, "key");
  check_pem(reader, at, tls.client_ca, "client_ca");
  if (tls.cert.empty()) reader.problem(at, "missing one of cert or cert_file");
  if (tls.key.empty()) reader.problem(at, "missing one of key or key_file");
  check_client_auth(reader, at, tls);
  if (tls.min_version > tls.max_version) reader.problem(at, "min_version is above max_version");
}

Reader::Read read_tls(Reader& reader, std::optional<WebTls>& into) {
  return [&reader, &into](const YAML::Node& node) {
    if (node.IsNull() || (node.IsMap() && node.size() == 0)) return;
    WebTls tls;
    const auto any = [](const std::string& value) { return !value.empty(); };
    reader.fields(node, "tls_server_config",
                  {{"cert", reader.text(tls.cert.text)},
                   {"cert_file", reader.text(tls.cert.file)},
                   {"key", reader.text(tls.key.text)},
                   {"key_file", reader.text(tls.key.file)},
                   {"client_ca", reader.text(tls.client_ca.text)},
                   {"client_ca_file", reader.text(tls.client_ca.file)},
                   {"client_auth_type", reader.one_of(kClientAuths, tls.client_auth)},
                   {"client_allowed_sans", reader.list(tls.client_allowed_sans, any, "names")},
                   {"min_version", reader.one_of(kTlsVersions, tls.min_version)},
                   {"max_version", reader.one_of(kTlsVersions, tls.max_version)},
                   {"cipher_suites",
                    reader.list(tls.cipher_suites, among(kCipherSuites), listed(kCipherSuites))},
                   {"prefer_server_cipher_suites", reader.flag(tls.prefer_server_cipher_suites)},
                   {"curve_preferences",
                    reader.list(tls.curve_preferences, among(kCurves), listed(kCurves))}});
    check_tls(reader, node.Mark(), tls);
    into = std::move(tls);
  };
}

void check_header(Reader& reader, const YAML::Node& key, const YAML::Node& node) {
  const std::string& name = key.Scalar();
  const std::string& value = node.Scalar();
  if (!among(kHeaders)(name)) {
    return reader.problem(key.Mark(), "header \"{}\" cannot be configured; known are {}",
                          printable(name), listed(kHeaders));
  }
  if (!all_printable(value)) {
    reader.problem(node.Mark(), "{} may hold printable ASCII only", name);
  }
  if (name == "X-Content-Type-Options" && value != "nosniff") {
    reader.problem(node.Mark(), "{} can only be nosniff", name);
  }
  if (name == "X-Frame-Options" && value != "deny" && value != "sameorigin") {
    reader.problem(node.Mark(), "{} can only be deny or sameorigin", name);
  }
}

Reader::Read read_headers(Reader& reader, WebConfig& into) {
  return [&reader, &into](const YAML::Node& node) {
    reader.each(node, "headers",
                [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
                  std::string text;
                  reader.text(text)(value);
                  if (text.empty()) return;  // "unset if blank"
                  check_header(reader, key, value);
                  into.headers.emplace_back(name, std::move(text));
                });
  };
}

void check_user(Reader& reader, const YAML::Node& key, const YAML::Node& value,
                const std::string& hash) {
  const std::string& user = key.Scalar();
  if (user.empty() || user.find(':') != std::string::npos || !all_printable(user)) {
    reader.problem(key.Mark(), "a user name must be printable ASCII without a colon");
  }
  if (!bcrypt_hash(hash)) {
    // The value is not quoted: it may be a password somebody forgot to hash.
    return reader.problem(value.Mark(),
                          "not a bcrypt hash ($2y$, $2a$ or $2b$, 60 characters); make one "
                          "with: htpasswd -nBC 10 \"\"");
  }
  const int cost = parse_number<int>(std::string_view(hash).substr(4, 2)).value_or(0);
  if (cost < 4 || cost > limits::kBcryptCostMax) {
    reader.problem(value.Mark(), "bcrypt cost {} is not between 4 and {}", hash.substr(4, 2),
                   limits::kBcryptCostMax);
  }
}

Reader::Read read_users(Reader& reader, WebUsers& into) {
  return [&reader, &into](const YAML::Node& node) {
    reader.each(node, "basic_auth_users",
                [&](const std::string& user, const YAML::Node& key, const YAML::Node& value) {
                  std::string hash;
                  reader.text(hash)(value);
                  check_user(reader, key, value, hash);
                  into.emplace(user, std::move(hash));
                });
    if (into.size() > limits::kWebUsers) {
      reader.problem(node.Mark(), "more than {} users", limits::kWebUsers);
    }
  };
}

Reader::Read read_rate_limit(Reader& reader, std::optional<RateLimit>& into) {
  return [&reader, &into](const YAML::Node& node) {
    RateLimit limit;
    const auto interval = [&](const YAML::Node& value) {
      const auto parsed = parse_duration(value.IsScalar() ? value.Scalar() : "");
      if (!parsed) return reader.problem(value.Mark(), "must be a duration, e.g. 200ms or 1s");
      limit.interval = *parsed;
    };
    const auto burst = [&](const YAML::Node& value) {
      const auto parsed = parse_number<unsigned>(value.IsScalar() ? value.Scalar() : "");
      if (!parsed) return reader.problem(value.Mark(), "must be a number of requests");
      limit.burst = *parsed;
    };
    reader.fields(node, "rate_limit", {{"interval", interval}, {"burst", burst}});
    if (limit.interval.count() == 0) return;  // off
    if (limit.burst == 0) reader.problem(node.Mark(), "burst 0 would refuse every request");
    into = limit;
  };
}

WebConfig read_document(Reader& reader, const YAML::Node& root) {
  WebConfig config;
  bool http2 = true;  // accepted: a client that offers it also speaks 1.1
  const auto http_server = [&](const YAML::Node& node) {
    reader.fields(node, "http_server_config",
                  {{"http2", reader.flag(http2)}, {"headers", read_headers(reader, config)}});
  };
  reader.fields(root, "the web config file",
                {{"tls_server_config", read_tls(reader, config.tls)},
                 {"http_server_config", http_server},
                 {"basic_auth_users", read_users(reader, config.users)},
                 {"rate_limit", read_rate_limit(reader, config.rate_limit)}});
  return config;
}

}  // namespace

Result<WebConfig> parse_web_config(std::string_view text, const std::string& file) {
  Reader reader(file);
  WebConfig config;
  try {
    config = read_document(reader, YAML::Load(std::string(text)));
  } catch (const YAML::Exception& e) {
    reader.problem(e.mark, "not YAML: {}", e.msg);
  }
  if (!reader.problems().empty()) return fail(ErrorCode::invalid, "{}", reader.problems());
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
