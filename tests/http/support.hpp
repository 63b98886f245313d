// What the tests of the listener share: a raw client, a TLS client, certificates, folders.
#pragma once

#include <arpa/inet.h>
#include <crypt.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "steward/http/listener.hpp"
#include "support/require_ok.hpp"
#include "support/temp_folder.hpp"

namespace steward::test {

using namespace http;
using namespace std::chrono_literals;

inline std::string bcrypt(const std::string& password, const char* prefix = "$2y$") {
  const std::unique_ptr<char, decltype(&std::free)> salt(crypt_gensalt_ra(prefix, 4, nullptr, 0),
                                                         std::free);
  const auto data = std::make_unique<crypt_data>();
  return crypt_r(password.c_str(), salt.get(), data.get());
}

// One answer, taken apart. `rest` is what came after it.
struct Answer {
  int status = 0;
  std::string head;
  std::string body;
  std::string rest;
  bool whole = false;

  [[nodiscard]] bool has(const std::string& line) const {
    return head.find("\r\n" + line + "\r\n") != std::string::npos;
  }
};

inline std::string dechunk(std::string_view text, bool& whole, std::string& rest) {
  std::string out;
  for (;;) {
    const auto line = text.find("\r\n");
    if (line == std::string_view::npos) return out;
    const auto size = std::stoul(std::string(text.substr(0, line)), nullptr, 16);
    text.remove_prefix(line + 2);
    if (text.size() < size + 2) return out;
    out += text.substr(0, size);
    text.remove_prefix(size + 2);
    if (size > 0) continue;
    whole = true;
    rest = text;
    return out;
  }
}

inline Answer parse(const std::string& text, bool head_only = false) {
  Answer answer;
  const auto end = text.find("\r\n\r\n");
  if (end == std::string::npos || !text.starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::stoi(text.substr(9, 3));
  answer.head = text.substr(0, end + 2);
  const std::string body = text.substr(end + 4);
  const auto length = answer.head.find("Content-Length: ");
  if (head_only) {
    answer.whole = true;
    answer.rest = body;
  } else if (answer.has("Transfer-Encoding: chunked")) {
    answer.body = dechunk(body, answer.whole, answer.rest);
  } else if (length == std::string::npos) {
    answer.body = body;
  } else {
    const auto size = std::stoul(answer.head.substr(length + 16));
    answer.whole = body.size() >= size;
    answer.body = body.substr(0, size);
    answer.rest = answer.whole ? body.substr(size) : "";
  }
  return answer;
}

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Threads make clients, too, and Catch's assertions are of one thread.
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
      throw std::system_error(errno, std::generic_category(), "connect");
    }
  }
  Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  ~Client() {
    if (socket_ >= 0) ::close(socket_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  Client& operator=(Client&&) = delete;

  bool send(std::string_view text) const {
    return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }

  // Some bytes; empty at the end, at an error or when none come in time.
  [[nodiscard]] std::string receive(std::chrono::milliseconds patience = 5s) {
    pollfd poll{socket_, POLLIN, 0};
    std::array<char, 65536> buffer;
    if (::poll(&poll, 1, static_cast<int>(patience.count())) != 1) return {};
    const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    closed_ = closed_ || got <= 0;
    reset_ = reset_ || got < 0;
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
  }

  // Everything until the server closes.
  [[nodiscard]] std::string drain(std::chrono::milliseconds patience = 5s) {
    std::string all;
    while (!closed_) {
      const std::string more = receive(patience);
      if (more.empty()) break;
      all += more;
    }
    return all;
  }

  // The next answer on a connection that stays open.
  [[nodiscard]] Answer answer(bool head_only = false) {
    for (;;) {
      Answer found = parse(pending_, head_only);
      if (found.whole) {
        pending_ = found.rest;
        return found;
      }
      const std::string more = receive();
      if (more.empty()) return found;
      pending_ += more;
    }
  }

  // Whether the server closes within the time after its last bytes.
  [[nodiscard]] bool closed_within(std::chrono::milliseconds patience) {
    (void)drain(patience);
    return closed_;
  }
  [[nodiscard]] bool was_reset() const { return reset_; }
  [[nodiscard]] int descriptor() const { return socket_; }

 private:
  int socket_;
  bool closed_ = false;
  bool reset_ = false;
  std::string pending_;
};

// One request on a connection of its own.
inline Answer ask(std::uint16_t port, const std::string& request) {
  Client client(port);
  client.send(request);
  return parse(client.drain(), request.starts_with("HEAD "));
}

inline std::string get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "Connection: close\r\n\r\n";
}

// A certificate with its key, as PEM, and its issuer's half for signing others.
struct Identity {
  std::string certificate;
  std::string key;
  std::shared_ptr<X509> x509;
  std::shared_ptr<EVP_PKEY> private_key;
};

inline std::string pem_of(const std::function<void(BIO*)>& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  write(out.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

inline void add_extension(X509* to, X509* issuer, int name, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, name, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(to, extension, -1);
  X509_EXTENSION_free(extension);
}

// Signed by `issuer`, or by itself and then a CA. `sans` as in openssl.cnf: "DNS:a,IP:127.0.0.1".
inline Identity make_identity(const std::string& name, const std::string& sans = "",
                              const Identity* issuer = nullptr) {
  static long serial = 1;
  Identity made;
  made.private_key = {EVP_EC_gen("P-256"), EVP_PKEY_free};
  made.x509 = {X509_new(), X509_free};
  X509* x = made.x509.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, made.private_key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* by = issuer == nullptr ? x : issuer->x509.get();
  X509_set_issuer_name(x, X509_get_subject_name(by));
  if (issuer == nullptr) add_extension(x, by, NID_basic_constraints, "critical,CA:TRUE");
  if (!sans.empty()) add_extension(x, by, NID_subject_alt_name, sans);
  X509_sign(x, issuer == nullptr ? made.private_key.get() : issuer->private_key.get(),
            EVP_sha256());
  made.certificate = pem_of([&](BIO* out) { PEM_write_bio_X509(out, x); });
  made.key = pem_of([&](BIO* out) {
    PEM_write_bio_PrivateKey(out, made.private_key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return made;
}

struct TlsResult {
  bool connected = false;
  std::string server_name;  // the CN of its certificate
  std::string version;
  Answer answer;
};

// Asks over TLS; `client` is the certificate to show, if any.
inline TlsResult ask_tls(std::uint16_t port, const std::string& request,
                         const Identity* client = nullptr, int most_version = TLS1_3_VERSION) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  SSL_CTX_set_max_proto_version(context.get(), most_version);
  if (client != nullptr) {
    SSL_CTX_use_certificate(context.get(), client->x509.get());
    SSL_CTX_use_PrivateKey(context.get(), client->private_key.get());
  }
  const Client socket(port);
  const timeval patience{5, 0};
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(context.get()), SSL_free);
  SSL_set_fd(session.get(), socket.descriptor());
  TlsResult result;
  result.connected = SSL_connect(session.get()) == 1;
  if (!result.connected) return result;
  result.version = SSL_get_version(session.get());
  std::array<char, 256> name{};
  X509* peer = SSL_get0_peer_certificate(session.get());
  X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name.data(), name.size());
  result.server_name = name.data();
  SSL_write(session.get(), request.data(), static_cast<int>(request.size()));
  std::string all;
  std::array<char, 16384> buffer;
  for (int got = 0; (got = SSL_read(session.get(), buffer.data(), buffer.size())) > 0;) {
    all.append(buffer.data(), static_cast<std::size_t>(got));
  }
  result.answer = parse(all);
  return result;
}

}  // namespace steward::test
