// What the web config file gives a listener: users, headers, a rate limit, TLS.
#include <catch2/catch_test_macros.hpp>

#include <thread>

#include "http/listener_support.hpp"
#include "http/support.hpp"
#include "steward/base/limits.hpp"
#include "steward/http/socket.hpp"

using namespace steward;
using namespace steward::http;
using namespace steward::test;
using Catch::Matchers::ContainsSubstring;

namespace {

// A web config with TLS in a folder of its own.
struct TlsFiles {
  explicit TlsFiles(const std::string& more = "", const std::string& rest = "")
      : config(folder.write(
            "web.yml",
            "tls_server_config:\n  cert_file: s.crt\n  key_file: s.key\n" + more + rest)) {
    install(make_identity("first"));
  }
  void install(const Identity& server) const {
    folder.write("s.crt", server.certificate);
    folder.write("s.key", server.key);
  }
  TempFolder folder;
  std::string config;
};

std::string basic(const std::string& base64) { return "Authorization: Basic " + base64 + "\r\n"; }
constexpr const char* kAliceSecret = "YWxpY2U6c2VjcmV0";

std::string users(const std::string& password) {
  return "basic_auth_users:\n  alice: " + bcrypt(password) + "\n";
}

}  // namespace

TEST_CASE("users are asked for their password on every path") {
  const TempFolder folder;
  const auto listener =
      REQUIRE_OK(Listener::open(loopback(folder.write("web.yml", users("secret"))), hello));
  const std::uint16_t port = listener->address().port;
  for (const char* path : {"/", "/metrics", "/-/healthy"}) {
    const Answer stranger = ask(port, get(path));
    CHECK(stranger.status == 401);
    CHECK(stranger.has("WWW-Authenticate: Basic"));
    CHECK(stranger.body == "Unauthorized\n");
    CHECK(ask(port, get(path, basic(kAliceSecret))).body == "hello alice\n");
    CHECK(ask(port, get(path, basic("YWxpY2U6d3Jvbmc="))).status == 401);
  }
}

TEST_CASE("a changed password holds from the next request on, a broken file changes nothing") {
  const TempFolder folder;
  const std::string file = folder.write("web.yml", users("other"));
  std::mutex mutex;
  std::vector<std::string> problems;
  ListenerOptions options = loopback(file);
  options.on_problem = [&](const Error& error) {
    const std::lock_guard lock(mutex);
    problems.push_back(error.message);
  };
  const auto listener = REQUIRE_OK(Listener::open(options, hello));
  const std::uint16_t port = listener->address().port;
  CHECK(ask(port, get("/", basic(kAliceSecret))).status == 401);
  folder.write("web.yml", users("secret"));
  CHECK(ask(port, get("/", basic(kAliceSecret))).status == 200);
  folder.write("web.yml", "basic_auth_users: [\n");
  CHECK(ask(port, get("/", basic(kAliceSecret))).status == 200);
  CHECK(ask(port, get("/")).status == 401);
  const std::lock_guard lock(mutex);
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems[0], ContainsSubstring("not YAML"));
}

TEST_CASE("configured headers are on every answer, refusals too") {
  const TempFolder folder;
  const std::string file =
      folder.write("web.yml", users("secret") +
                                  "http_server_config:\n  headers:\n    X-Frame-Options: deny\n"
                                  "    Strict-Transport-Security: max-age=31536000\n");
  const auto listener = REQUIRE_OK(Listener::open(loopback(file), hello));
  for (const std::string& headers : {basic(kAliceSecret), std::string()}) {
    const Answer answer = ask(listener->address().port, get("/", headers));
    CHECK(answer.has("X-Frame-Options: deny"));
    CHECK(answer.has("Strict-Transport-Security: max-age=31536000"));
    CHECK(answer.has("X-Content-Type-Options: nosniff"));
  }
}

TEST_CASE("the rate limit counts every request") {
  const TempFolder folder;
  const auto listener = REQUIRE_OK(Listener::open(
      loopback(folder.write("web.yml", "rate_limit: {interval: 1h, burst: 2}\n")), hello));
  CHECK(ask(listener->address().port, get("/")).status == 200);
  CHECK(ask(listener->address().port, get("/")).status == 200);
  CHECK(ask(listener->address().port, get("/")).status == 429);
}

TEST_CASE("TLS is served, and nothing in the clear beside it") {
  const TlsFiles files;
  const auto listener = REQUIRE_OK(Listener::open(loopback(files.config), hello));
  const TlsResult result = ask_tls(listener->address().port, get("/"));
  CHECK(result.server_name == "first");
  CHECK(result.version == "TLSv1.3");
  CHECK(result.answer.status == 200);
  CHECK(result.answer.body == "hello \n");
  CHECK(ask(listener->address().port, get("/")).status == 0);
}

TEST_CASE("a large page goes through TLS unharmed") {
  const TlsFiles files;
  const auto listener = REQUIRE_OK(Listener::open(loopback(files.config), [](const Request&) {
    Response response;
    response.body = BodyStream([](const ByteSink& out) {
      const std::string block(100'001, 'x');
      for (int i = 0; i < 100; ++i) {
        if (!out(block)) return false;
      }
      return true;
    });
    return response;
  }));
  const TlsResult result = ask_tls(listener->address().port, get("/"));
  CHECK(result.answer.whole);
  CHECK(result.answer.body == std::string(10'000'100, 'x'));
}

TEST_CASE("a new certificate is shown to new connections without a restart") {
  const TlsFiles files;
  const auto listener = REQUIRE_OK(Listener::open(loopback(files.config), hello));
  CHECK(ask_tls(listener->address().port, get("/")).server_name == "first");
  files.install(make_identity("second"));
  CHECK(ask_tls(listener->address().port, get("/")).server_name == "second");
}

TEST_CASE("TLS versions out of range are refused") {
  const TlsFiles from13("  min_version: TLS13\n");
  const auto listener = REQUIRE_OK(Listener::open(loopback(from13.config), hello));
  CHECK_FALSE(ask_tls(listener->address().port, get("/"), nullptr, TLS1_2_VERSION).connected);
  CHECK(ask_tls(listener->address().port, get("/")).version == "TLSv1.3");

  const TlsFiles to12("  max_version: TLS12\n");
  const auto older = REQUIRE_OK(Listener::open(loopback(to12.config), hello));
  CHECK(ask_tls(older->address().port, get("/")).version == "TLSv1.2");
}

TEST_CASE("client certificates: the right one enters and has a name, others do not") {
  const Identity ca = make_identity("ca");
  const TlsFiles files(
      "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n");
  files.folder.write("ca.crt", ca.certificate);
  const auto listener = REQUIRE_OK(Listener::open(loopback(files.config), hello));
  const std::uint16_t port = listener->address().port;
  const Identity named = make_identity("prometheus", "DNS:prom.example,IP:10.0.0.1", &ca);
  const Identity plain = make_identity("prometheus", "", &ca);
  const Identity stranger = make_identity("prometheus");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CHECK(ask_tls(port, get("/"), &named, version).answer.body == "hello prom.example\n");
    CHECK(ask_tls(port, get("/"), &plain, version).answer.body == "hello prometheus\n");
    CHECK(ask_tls(port, get("/"), &stranger, version).answer.status == 0);
    CHECK(ask_tls(port, get("/"), nullptr, version).answer.status == 0);
  }
}

TEST_CASE("a certificate nobody verified gives no name") {
  const TlsFiles files("  client_auth_type: RequireAnyClientCert\n");
  const auto listener = REQUIRE_OK(Listener::open(loopback(files.config), hello));
  const Identity stranger = make_identity("root");
  CHECK(ask_tls(listener->address().port, get("/"), &stranger).answer.body == "hello \n");
  CHECK(ask_tls(listener->address().port, get("/")).answer.status == 0);
}

TEST_CASE("a certificate that may be left out is still verified when it is shown") {
  const Identity ca = make_identity("ca");
  const TlsFiles files("  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.crt\n");
  files.folder.write("ca.crt", ca.certificate);
  const auto listener = REQUIRE_OK(Listener::open(loopback(files.config), hello));
  const std::uint16_t port = listener->address().port;
  const Identity good = make_identity("prometheus", "", &ca);
  const Identity stranger = make_identity("prometheus");
  CHECK(ask_tls(port, get("/")).answer.body == "hello \n");
  CHECK(ask_tls(port, get("/"), &good).answer.body == "hello prometheus\n");
  CHECK(ask_tls(port, get("/"), &stranger).answer.status == 0);
}

TEST_CASE("only the names that were listed are admitted") {
  const Identity ca = make_identity("ca");
  const TlsFiles files(
      "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"
      "  client_allowed_sans: [prom.example, 10.0.0.1, '2001:db8::1', 'spiffe://x/y', "
      "a@b.example]\n");
  files.folder.write("ca.crt", ca.certificate);
  const auto listener = REQUIRE_OK(Listener::open(loopback(files.config), hello));
  const std::uint16_t port = listener->address().port;
  const auto status = [&](const std::string& sans) {
    const Identity client = make_identity("prom.example", sans, &ca);
    return ask_tls(port, get("/"), &client).answer.status;
  };
  for (const char* sans : {"DNS:other,DNS:prom.example", "IP:10.0.0.1", "IP:2001:db8::1",
                           "URI:spiffe://x/y", "email:a@b.example"}) {
    CHECK(status(sans) == 200);
  }
  CHECK(status("DNS:other") == 0);
  CHECK(status("DNS:prom.example.evil") == 0);
  CHECK(status("") == 0);  // the CN is no SAN
}

TEST_CASE("a user's name goes before the certificate's") {
  const Identity ca = make_identity("ca");
  const TlsFiles files("  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.crt\n",
                       users("secret"));
  files.folder.write("ca.crt", ca.certificate);
  const auto listener = REQUIRE_OK(Listener::open(loopback(files.config), hello));
  const Identity client = make_identity("prometheus", "", &ca);
  CHECK(ask_tls(listener->address().port, get("/", basic(kAliceSecret)), &client).answer.body ==
        "hello alice\n");
  CHECK(ask_tls(listener->address().port, get("/"), &client).answer.status == 401);
}

TEST_CASE("curl is served over TLS, kept alive, with a user") {
  const TlsFiles files("", users("secret"));
  const auto listener = REQUIRE_OK(Listener::open(loopback(files.config), hello));
  const std::string url = "https://127.0.0.1:" + std::to_string(listener->address().port) + "/";
  CHECK(std::system(("test \"$(curl -sk --max-time 5 -u alice:secret " + url + " " + url +
                     " | sort -u)\" = 'hello alice'")
                        .c_str()) == 0);
}
