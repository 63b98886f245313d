#include "steward/config/web_config.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "support/temp_folder.hpp"

using namespace std::chrono_literals;
using namespace steward;
using namespace steward::config;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* kHash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

WebConfig web_config_of(std::string_view text) {
  auto config = parse_web_config(text, "/etc/steward/web.yml");
  INFO((config ? std::string() : config.error().message));
  REQUIRE(config);
  return *config;
}

std::string error_of(std::string_view text) {
  const auto config = parse_web_config(text, "web.yml");
  return config ? "" : config.error().message;
}

}  // namespace

TEST_CASE("an empty file asks for nothing") {
  CHECK(web_config_of("") == WebConfig{});
  CHECK(web_config_of("# nothing\n") == WebConfig{});
  CHECK(web_config_of("tls_server_config:\nbasic_auth_users:\n") == WebConfig{});
  CHECK(web_config_of("tls_server_config: {}\nhttp_server_config: {}\n") == WebConfig{});
}

TEST_CASE("everything exporter-toolkit documents is read") {
  const WebConfig config = web_config_of(R"(
tls_server_config:
  cert_file: server.crt
  key_file: /keys/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prom.example]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]
  prefer_server_cipher_suites: false
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: false
  headers:
    X-Frame-Options: sameorigin
    X-Content-Type-Options: nosniff
    Content-Security-Policy: ""
    Strict-Transport-Security: max-age=1
basic_auth_users:
  alice: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG
rate_limit:
  interval: "1s"
  burst: 20
)");
  REQUIRE(config.tls);
  CHECK(config.tls->cert.file == "/etc/steward/server.crt");
  CHECK(config.tls->key.file == "/keys/server.key");
  CHECK(config.tls->client_ca.file == "/etc/steward/ca.crt");
  CHECK(config.tls->client_auth == ClientAuth::require_and_verify_client_cert);
  CHECK(config.tls->client_allowed_sans == std::vector<std::string>{"prom.example"});
  CHECK(config.tls->cipher_suites.size() == 2);
  CHECK_FALSE(config.tls->prefer_server_cipher_suites);
  CHECK(config.tls->curve_preferences == std::vector<std::string>{"X25519", "CurveP256"});
  CHECK(config.headers.size() == 3);  // the blank one is unset
  CHECK(config.users.at("alice") == kHash);
  CHECK(config.rate_limit == RateLimit{1s, 20});
}

TEST_CASE("what is left out has the toolkit's defaults") {
  const WebConfig config = web_config_of("tls_server_config: {cert: a, key: b}");
  REQUIRE(config.tls);
  CHECK(config.tls->cert.text == "a");
  CHECK(config.tls->client_auth == ClientAuth::no_client_cert);
  CHECK(config.tls->min_version == TlsVersion::tls12);
  CHECK(config.tls->max_version == TlsVersion::tls13);
  CHECK(config.tls->prefer_server_cipher_suites);
}

TEST_CASE("unknown and doubled keys are errors with their place") {
  CHECK(error_of("tls_config: {}\n") ==
        "web.yml:1:1: tls_config: unknown key; known here: tls_server_config, "
        "http_server_config, basic_auth_users, rate_limit");
  CHECK_THAT(error_of("tls_server_config:\n  cert: a\n  key: b\n  keyfile: c\n"),
             ContainsSubstring("web.yml:4:3: tls_server_config.keyfile: unknown key"));
  CHECK(error_of("rate_limit: {}\nrate_limit: {}\n") ==
        "web.yml:2:1: 'rate_limit' is given twice, first in line 1");
  CHECK_THAT(error_of("basic_auth_users:\n  a: " + std::string(kHash) + "\n  a: " + kHash + "\n"),
             ContainsSubstring("web.yml:3:3: 'a' is given twice"));
}

TEST_CASE("every problem is listed, one a line") {
  const std::string error = error_of(
      "tls_server_config: {cert: a, min_version: SSL3}\n"
      "http_server_config: {http2: maybe}\n"
      "basic_auth_users: {a: b}\n");
  CHECK(std::ranges::count(error, '\n') == 3);
  CHECK_THAT(
      error,
      ContainsSubstring(
          "web.yml:1:43: tls_server_config.min_version: 'SSL3' is not one of TLS13, TLS12") &&
          ContainsSubstring("web.yml:1:20: tls_server_config.key_file: is missing") &&
          ContainsSubstring("web.yml:2:29: http_server_config.http2: must be true or false") &&
          ContainsSubstring("web.yml:3:23: basic_auth_users.a: not a bcrypt hash"));
}

TEST_CASE("TLS older than 1.2 cannot be asked for") {
  for (const char* old : {"TLS10", "TLS11"}) {
    const std::string text =
        std::string("tls_server_config: {cert: a, key: b, min_version: ") + old;
    CHECK_THAT(error_of(text + "}\n"), ContainsSubstring("min_version: is below TLS12"));
  }
  CHECK_THAT(error_of("tls_server_config: {cert: a, key: b, max_version: TLS11}\n"),
             ContainsSubstring("is above max_version"));
}

TEST_CASE("what is not YAML, or not a mapping, is an error with its place") {
  CHECK_THAT(error_of("a: [\n"), ContainsSubstring("web.yml:2:1: this is not YAML"));
  CHECK_THAT(error_of("- a\n"), ContainsSubstring("must be a map"));
  CHECK_THAT(error_of("tls_server_config: yes\n"), ContainsSubstring("web.yml:1:20:"));
  CHECK_THAT(error_of("basic_auth_users: [a]\n"), ContainsSubstring("must be a map"));
  CHECK_THAT(error_of("basic_auth_users: {[a]: b}\n"), ContainsSubstring("a key must be text"));
  CHECK_THAT(error_of("rate_limit: {interval: [1]}\n"),
             ContainsSubstring("must be a single value"));
  CHECK_THAT(error_of(std::string(100'000, '[')), ContainsSubstring("nested more than"));
}

TEST_CASE("TLS needs a certificate and a key, each from one place") {
  CHECK_THAT(error_of("tls_server_config: {cert_file: a}"),
             ContainsSubstring("key_file: is missing"));
  CHECK_THAT(error_of("tls_server_config: {key_file: a}"),
             ContainsSubstring("cert_file: is missing"));
  CHECK_THAT(error_of("tls_server_config: {cert: a, cert_file: b, key: c}"),
             ContainsSubstring("cert_file: excludes cert"));
}

TEST_CASE("TLS without a certificate is never plain HTTP") {
  for (const char* defaults :
       {"client_auth_type: NoClientCert", "min_version: TLS12", "prefer_server_cipher_suites: true",
        "cipher_suites: []", "cert_file: ''"}) {
    INFO(defaults);
    const std::string error = error_of(fmt::format("tls_server_config: {{{}}}", defaults));
    CHECK_THAT(error, ContainsSubstring("web.yml:1:") && ContainsSubstring("key_file: is missing"));
  }
}

TEST_CASE("a certificate may stand in the file, as a block or in quotes") {
  constexpr const char* kPem = "-----BEGIN X-----\nYQ==\n-----END X-----\n";
  const WebConfig config = web_config_of(R"(
tls_server_config:
  cert: |
    -----BEGIN X-----
    YQ==
    -----END X-----
  key: "-----BEGIN X-----\nYQ==\n-----END X-----\n"
  client_auth_type: RequireAndVerifyClientCert
  client_ca: |-
    -----BEGIN X-----
    YQ==
    -----END X-----
)");
  REQUIRE(config.tls);
  CHECK(config.tls->cert == Pem{kPem, ""});
  CHECK(config.tls->key == Pem{kPem, ""});
  CHECK(config.tls->client_ca.text + "\n" == kPem);
}

TEST_CASE("client authentication that would not protect is an error") {
  const std::string base = "tls_server_config: {cert: a, key: b, ";
  CHECK_THAT(error_of(base + "client_ca_file: c}"), ContainsSubstring("has no effect"));
  CHECK_THAT(error_of(base + "client_auth_type: RequireAndVerifyClientCert}"),
             ContainsSubstring("client_ca_file: is missing"));
  CHECK_THAT(error_of(base + "client_auth_type: VerifyClientCertIfGiven}"),
             ContainsSubstring("client_ca_file: is missing"));
  CHECK_THAT(error_of(base + "client_auth_type: VerifyClientCertIfGiven, client_ca: c, "
                             "client_allowed_sans: [x]}"),
             ContainsSubstring("client_allowed_sans: needs"));
  CHECK_THAT(error_of(base + "client_auth_type: Sometimes}"), ContainsSubstring("is not one of"));
  CHECK(error_of(base + "client_auth_type: RequireClientCert}").empty());
  CHECK_THAT(error_of(base + "min_version: TLS13, max_version: TLS12}"),
             ContainsSubstring("min_version: is above max_version"));
}

TEST_CASE("suites and curves are Go's") {
  const std::string base = "tls_server_config: {cert: a, key: b, ";
  CHECK_THAT(error_of(base + "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}"),
             ContainsSubstring("'TLS_RSA_WITH_RC4_128_SHA' is not one of"));
  CHECK_THAT(error_of(base + "curve_preferences: [P-256]}"), ContainsSubstring("CurveP256"));
  CHECK_THAT(error_of(base + "cipher_suites: all}"), ContainsSubstring("must be a list"));
}

TEST_CASE("only known headers with safe values can be set") {
  const std::string base = "http_server_config: {headers: {";
  CHECK_THAT(error_of(base + "X-Evil: a}}"),
             ContainsSubstring("headers.X-Evil: cannot be configured"));
  CHECK_THAT(error_of(base + "X-Frame-Options: allow}}"), ContainsSubstring("deny or sameorigin"));
  CHECK_THAT(error_of(base + "X-Content-Type-Options: sniff}}"), ContainsSubstring("nosniff"));
  CHECK_THAT(error_of(base + "Content-Security-Policy: \"a\\r\\nSet-Cookie: b\"}}"),
             ContainsSubstring("printable ASCII"));
}

TEST_CASE("users have bcrypt hashes, and a forgotten password is not repeated") {
  CHECK(error_of("basic_auth_users: {a: hunter2}") ==
        "web.yml:1:23: basic_auth_users.a: not a bcrypt hash ($2y$, $2a$ or $2b$, 60 characters); "
        "make one with: "
        "htpasswd -nBC 10 \"\"");
  const std::string rest = "X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";
  for (const std::string prefix : {"$2y$10$", "$2a$04$", "$2b$12$"}) {
    CHECK(error_of("basic_auth_users: {a: " + prefix + rest + "}").empty());
  }
  for (const std::string prefix :
       {"$2x$10$", "$1$x$10$", "$2y$03$", "$2y$19$", "$2y$ab$", "$2y$10."}) {
    INFO(prefix);
    CHECK_FALSE(error_of("basic_auth_users: {a: " + prefix + rest + "}").empty());
  }
  CHECK_THAT(error_of("basic_auth_users: {'a:b': " + std::string(kHash) + "}"),
             ContainsSubstring("without a colon"));
  CHECK_FALSE(error_of("basic_auth_users: {'': " + std::string(kHash) + "}").empty());
}

TEST_CASE("durations are Go's") {
  const auto interval = [](const std::string& text) {
    const auto config = parse_web_config("rate_limit: {burst: 1, interval: " + text + "}", "x");
    return config && config->rate_limit ? config->rate_limit->interval : 0ns;
  };
  CHECK(interval("200ms") == 200ms);
  CHECK(interval("1m30s") == 90s);
  CHECK(interval("1.5h") == 90min);
  CHECK(interval("5us") == 5us);
  CHECK(interval("7ns") == 7ns);
  CHECK(interval("0") == 0ns);
  for (const char* bad : {"1", "s", "-1s", "1 s", "1d", "''", "1e9h", "inf", "1s1"}) {
    INFO(bad);
    CHECK_FALSE(error_of("rate_limit: {burst: 1, interval: " + std::string(bad) + "}").empty());
  }
}

TEST_CASE("a rate limit of 0 is none, a burst of 0 an error") {
  CHECK_FALSE(web_config_of("rate_limit: {interval: 0, burst: 0}").rate_limit);
  CHECK_FALSE(web_config_of("rate_limit: {burst: 3}").rate_limit);
  CHECK_THAT(error_of("rate_limit: {interval: 1s}"), ContainsSubstring("refuse every request"));
  CHECK_FALSE(error_of("rate_limit: {interval: 1s, burst: -1}").empty());
}

TEST_CASE("a file that is not there or too large is an error that names it") {
  CHECK(load_web_config("/nonexistent/web.yml").error().message ==
        "cannot read the web config file /nonexistent/web.yml: No such file or directory");
  CHECK_FALSE(load_web_config("/"));
  const test::TempFolder folder;
  const auto large = load_web_config(folder.write("web.yml", std::string((1U << 20U) + 1, '#')));
  REQUIRE_FALSE(large);
  CHECK(large.error().code == ErrorCode::limit);
}
