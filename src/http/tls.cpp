#include "steward/http/tls.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::http {
namespace {

using config::ClientAuth;
using config::Pem;
using config::TlsVersion;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;

// What went wrong, in OpenSSL's words; its queue is empty afterwards.
std::string openssl_error() {
  const unsigned long code = ERR_peek_error();  // the first is the cause
  const char* reason = ERR_SYSTEM_ERROR(code) ? nullptr : ERR_reason_error_string(code);
  std::string text = reason != nullptr ? reason : "";
  if (ERR_SYSTEM_ERROR(code)) text = std::generic_category().message(ERR_GET_REASON(code));
  ERR_clear_error();
  return text.empty() ? "not a PEM file" : text;
}

std::string described(const Pem& pem, std::string_view key) {
  return pem.file.empty() ? std::string(key) : fmt::format("{}_file {}", key, printable(pem.file));
}

tl::unexpected<Error> unusable(const Pem& pem, std::string_view key) {
  return fail(ErrorCode::invalid, "cannot use {}: {}", described(pem, key), openssl_error());
}

Bio open_pem(const Pem& pem) {
  ERR_clear_error();
  if (!pem.file.empty()) return Bio(BIO_new_file(pem.file.c_str(), "r"));
  return Bio(BIO_new_mem_buf(pem.text.data(), static_cast<int>(pem.text.size())));
}

Certificate next_certificate(BIO* from) {
  return Certificate(PEM_read_bio_X509(from, nullptr, nullptr, nullptr));
}

// The loop over a chain ends with "no start line", which is no error.
bool only_end_of_pem() {
  const unsigned long code = ERR_peek_last_error();
  const bool end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  if (end) ERR_clear_error();
  return end;
}

Result<void> use_certificate(SSL_CTX* context, const Pem& pem) {
  const Bio in = open_pem(pem);
  const Certificate leaf = in ? next_certificate(in.get()) : nullptr;
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return unusable(pem, "cert");
  while (Certificate link = next_certificate(in.get())) {
    if (SSL_CTX_add0_chain_cert(context, link.get()) != 1) return unusable(pem, "cert");
    (void)link.release();  // the context's now
  }
  if (!only_end_of_pem()) return unusable(pem, "cert");
  return {};
}

Result<void> use_key(SSL_CTX* context, const Pem& pem) {
  const Bio in = open_pem(pem);
  // Without a callback OpenSSL would ask for a passphrase on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  const Key key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return unusable(pem, "key");
  }
  return {};
}

Result<void> use_client_ca(SSL_CTX* context, const Pem& pem) {
  if (pem.empty()) return {};
  const Bio in = open_pem(pem);
  std::size_t count = 0;
  while (const Certificate ca = in ? next_certificate(in.get()) : nullptr) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get()) != 1 ||
        SSL_CTX_add_client_CA(context, ca.get()) != 1) {
      return unusable(pem, "client_ca");
    }
    ++count;
  }
  if (count == 0 || !only_end_of_pem()) return unusable(pem, "client_ca");
  return {};
}

int verify_mode(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::no_client_cert:
      return SSL_VERIFY_NONE;
    case ClientAuth::request_client_cert:
    case ClientAuth::verify_client_cert_if_given:
      return SSL_VERIFY_PEER;
    case ClientAuth::require_any_client_cert:
    case ClientAuth::require_and_verify_client_cert:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

void set_client_auth(SSL_CTX* context, ClientAuth auth) {
  SSL_CTX_set_max_cert_list(context, static_cast<long>(limits::kClientCertificatesBytes));
  const auto accept_any = [](int, X509_STORE_CTX*) { return 1; };
  SSL_CTX_set_verify(context, verify_mode(auth), verifies(auth) ? nullptr : +accept_any);
  constexpr std::string_view kName = "haproxy-steward";  // resumption needs one
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(kName.data()),
                                 kName.size());
}

int version_number(TlsVersion version) {
  constexpr std::array kNumbers{TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
  return kNumbers.at(static_cast<std::size_t>(version));
}

// Forward secret and authenticated, as all of TLS 1.3's are.
constexpr std::string_view kDefaultCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

// TLS 1.3's suites are not configurable, as in Go.
std::string cipher_list(const std::vector<std::string>& suites) {
  std::string list;
  for (const std::string& suite : suites) {
    if (suite.find("_WITH_") == std::string::npos) continue;
    if (!list.empty()) list += ':';
    list += OPENSSL_cipher_name(suite.c_str());
  }
  return list.empty() ? std::string(kDefaultCiphers) : list;
}

std::string group_list(const std::vector<std::string>& curves) {
  std::string list;
  for (const std::string& curve : curves) {
    if (!list.empty()) list += ':';
    list += curve.starts_with("CurveP") ? "P-" + curve.substr(6) : curve;
  }
  return list;
}

Result<void> set_protocol(SSL_CTX* context, const config::WebTls& tls) {
  const std::string ciphers = cipher_list(tls.cipher_suites);
  const std::string groups = group_list(tls.curve_preferences);
  std::uint64_t flags = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;
  if (tls.prefer_server_cipher_suites) flags |= SSL_OP_CIPHER_SERVER_PREFERENCE;
  SSL_CTX_set_options(context, flags);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (SSL_CTX_set_min_proto_version(context, version_number(tls.min_version)) != 1 ||
      SSL_CTX_set_max_proto_version(context, version_number(tls.max_version)) != 1 ||
      SSL_CTX_set_cipher_list(context, ciphers.c_str()) != 1 ||
      (!groups.empty() && SSL_CTX_set1_groups_list(context, groups.c_str()) != 1)) {
    return fail(ErrorCode::invalid, "cannot use the TLS settings: {}", openssl_error());
  }
  return {};
}

std::string address_text(const ASN1_OCTET_STRING* ip) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(ip) != 16) return {};
  inet_ntop(family, ASN1_STRING_get0_data(ip), text.data(), text.size());
  return text.data();
}

std::string asn1_text(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string name_text(const GENERAL_NAME* name) {
  int type = 0;
  const void* value = GENERAL_NAME_get0_value(name, &type);
  if (type == GEN_IPADD) return address_text(static_cast<const ASN1_OCTET_STRING*>(value));
  if (type != GEN_DNS && type != GEN_EMAIL && type != GEN_URI) return {};
  return asn1_text(static_cast<const ASN1_STRING*>(value));
}

// DNS, e-mail, IP and URI names. One with a NUL inside is not a name.
std::vector<std::string> subject_alternative_names(const X509* certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> out;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    std::string text = name_text(sk_GENERAL_NAME_value(names.get(), i));
    if (!text.empty() && text.find('\0') == std::string::npos) out.push_back(std::move(text));
  }
  return out;
}

std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (place < 0) return {};
  return asn1_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)));
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const config::WebTls& tls) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return fail(ErrorCode::internal, "cannot set up TLS: {}", openssl_error());
  const auto done = use_certificate(context.get(), tls.cert)
                        .and_then([&] { return use_key(context.get(), tls.key); })
                        .and_then([&] { return use_client_ca(context.get(), tls.client_ca); })
                        .and_then([&] { return set_protocol(context.get(), tls); });
  if (!done) return tl::unexpected(done.error());
  set_client_auth(context.get(), tls.client_auth);

  std::shared_ptr<TlsContext> made(new TlsContext);
  made->context_ = context;
  made->allowed_sans_ = tls.client_allowed_sans;
  made->verifies_ = verifies(tls.client_auth);
  made->requires_ = (verify_mode(tls.client_auth) & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) != 0;
  return std::shared_ptr<const TlsContext>(std::move(made));
}

ssl_st* TlsContext::new_session() const { return SSL_new(context_.get()); }

bool TlsContext::admits(const ssl_st* session) const {
  if (allowed_sans_.empty()) return true;
  const X509* certificate = SSL_get0_peer_certificate(session);
  if (certificate == nullptr) return false;
  return std::ranges::any_of(subject_alternative_names(certificate), [&](const std::string& name) {
    return std::ranges::find(allowed_sans_, name) != allowed_sans_.end();
  });
}

bool TlsContext::still_admits(const ssl_st* session) const {
  X509* certificate = SSL_get0_peer_certificate(session);
  if (certificate == nullptr) return !requires_;
  if (!verifies_) return admits(session);
  const std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>> check(X509_STORE_CTX_new());
  return check &&
         X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(context_.get()), certificate,
                             SSL_get_peer_cert_chain(session)) == 1 &&
         X509_STORE_CTX_set_default(check.get(), "ssl_client") == 1 &&
         X509_verify_cert(check.get()) == 1 && admits(session);
}

std::string TlsContext::principal(const ssl_st* session) const {
  const auto all = names(session);
  if (!all.empty()) return all.front();
  const X509* certificate = verified(session);
  return certificate == nullptr ? std::string() : common_name(certificate);
}

std::vector<std::string> TlsContext::names(const ssl_st* session) const {
  const X509* certificate = verified(session);
  if (certificate == nullptr) return {};
  return subject_alternative_names(certificate);
}

// Null: there is none, or nobody looked whether it is true.
const x509_st* TlsContext::verified(const ssl_st* session) const {
  const X509* certificate = verifies_ ? SSL_get0_peer_certificate(session) : nullptr;
  const bool good = certificate != nullptr && SSL_get_verify_result(session) == X509_V_OK;
  return good ? certificate : nullptr;
}

}  // namespace steward::http
