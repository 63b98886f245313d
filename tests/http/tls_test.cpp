#include "steward/http/tls.hpp"

#include <catch2/catch_test_macros.hpp>

#include "http/support.hpp"

using namespace steward;
using namespace steward::http;
using namespace steward::test;
using Catch::Matchers::ContainsSubstring;

namespace {

config::WebTls inline_tls(const Identity& server) {
  config::WebTls tls;
  tls.cert.text = server.certificate;
  tls.key.text = server.key;
  return tls;
}

std::string error_of(const config::WebTls& tls) {
  const auto made = TlsContext::make(tls);
  return made ? "" : made.error().message;
}

}  // namespace

TEST_CASE("certificate and key come from files or from the text") {
  const Identity server = make_identity("server");
  const TempFolder folder;
  config::WebTls tls = inline_tls(server);
  CHECK(error_of(tls).empty());
  tls = {};
  tls.cert.file = folder.write("server.crt", server.certificate);
  tls.key.file = folder.write("server.key", server.key);
  CHECK(error_of(tls).empty());
}

TEST_CASE("what cannot be used is named") {
  const Identity server = make_identity("server");
  const TempFolder folder;
  config::WebTls tls = inline_tls(server);
  tls.cert = {.text = "", .file = folder.path("absent.crt")};
  CHECK(error_of(tls) ==
        "cannot use cert_file " + folder.path("absent.crt") + ": No such file or directory");
  tls.cert.file = folder.write("server.crt", "this is not PEM\n");
  CHECK_THAT(error_of(tls),
             ContainsSubstring("cannot use cert_file") && ContainsSubstring("no start line"));
  tls = inline_tls(server);
  tls.key.text = make_identity("other").key;
  CHECK_THAT(error_of(tls), ContainsSubstring("cannot use key") && ContainsSubstring("mismatch"));
  tls = inline_tls(server);
  tls.client_ca.text = "none";
  CHECK_THAT(error_of(tls), ContainsSubstring("cannot use client_ca"));
}

TEST_CASE("a broken chain behind a good certificate is an error") {
  const Identity server = make_identity("server");
  config::WebTls tls = inline_tls(server);
  tls.cert.text += make_identity("intermediate").certificate;
  CHECK(error_of(tls).empty());
  tls.cert.text += "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n";
  CHECK_THAT(error_of(tls), ContainsSubstring("cannot use cert"));
}

TEST_CASE("a key with a passphrase is an error, not a question on the terminal") {
  const Identity server = make_identity("server");
  config::WebTls tls = inline_tls(server);
  std::string passphrase = "secret";
  tls.key.text = pem_of([&](BIO* out) {
    PEM_write_bio_PrivateKey(out, server.private_key.get(), EVP_aes_128_cbc(),
                             reinterpret_cast<unsigned char*>(passphrase.data()),
                             static_cast<int>(passphrase.size()), nullptr, nullptr);
  });
  CHECK_THAT(error_of(tls), ContainsSubstring("cannot use key"));
}

TEST_CASE("Go's names of suites and curves are OpenSSL's") {
  config::WebTls tls = inline_tls(make_identity("server"));
  tls.cipher_suites = {"TLS_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                       "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                       "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"};
  tls.curve_preferences = {"CurveP256", "CurveP384", "CurveP521", "X25519"};
  CHECK(error_of(tls).empty());
}
