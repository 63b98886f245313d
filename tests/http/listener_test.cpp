#include "steward/http/listener.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "http/support.hpp"
#include "steward/base/limits.hpp"
#include "steward/http/socket.hpp"

using namespace steward;
using namespace steward::http;
using namespace steward::http::test;
using Catch::Matchers::ContainsSubstring;

namespace {

ListenerOptions loopback(const std::string& web_config_file = "") {
  ListenerOptions options;
  options.address = {"127.0.0.1", 0};
  options.web_config_file = web_config_file;
  return options;
}

Response hello(const Request& request) {
  Response response;
  response.body = "hello " + request.principal + "\n";
  return response;
}

// Keeps requests waiting until opened.
class Barrier {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void await_waiting(int count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 10s, [&] { return waiting_ >= count; }));
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

std::size_t threads_of_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

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
  Folder folder;
  std::string config;
};

std::string basic(const std::string& base64) { return "Authorization: Basic " + base64 + "\r\n"; }
constexpr const char* kAliceSecret = "YWxpY2U6c2VjcmV0";

std::string users(const std::string& password) {
  return "basic_auth_users:\n  alice: " + bcrypt(password) + "\n";
}

}  // namespace

TEST_CASE("port 0 is a free one, and the address tells which") {
  const auto listener = ok(Listener::open(loopback(), hello));
  CHECK(listener->address().host == "127.0.0.1");
  REQUIRE(listener->address().port != 0);
  CHECK(ask(listener->address().port, get("/")).status == 200);
}

TEST_CASE("a second listener on the same port is an error") {
  const auto first = ok(Listener::open(loopback(), hello));
  ListenerOptions options = loopback();
  options.address.port = first->address().port;
  const auto second = Listener::open(options, hello);
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().message, ContainsSubstring("address already in use"));
}

TEST_CASE("a port is free again after stop, at once") {
  auto first = ok(Listener::open(loopback(), hello));
  ListenerOptions options = loopback();
  options.address.port = first->address().port;
  CHECK(ask(options.address.port, get("/")).status == 200);
  first->stop();
  const auto second = ok(Listener::open(options, hello));
  CHECK(ask(options.address.port, get("/")).status == 200);
}

TEST_CASE("a broken web config file is an error before anything listens") {
  const Folder folder;
  const auto opened = Listener::open(
      loopback(folder.write("web.yml", "basic_auth_users:\n  a: b\nrate_limit: {x: 1}\n")), hello);
  REQUIRE_FALSE(opened);
  CHECK_THAT(opened.error().message, ContainsSubstring("web.yml:2:6: not a bcrypt hash") &&
                                         ContainsSubstring("web.yml:3:14: unknown key \"x\""));
}

TEST_CASE("every address serves IPv4 and IPv6 clients") {
  ListenerOptions options;
  const auto listener = ok(Listener::open(options, [](const Request& request) {
    Response response;
    response.body = request.remote_address;
    return response;
  }));
  CHECK(ask(listener->address().port, get("/")).body == "127.0.0.1");
  const std::string command =
      "curl -sg --max-time 5 'http://[::1]:" + std::to_string(listener->address().port) +
      "/' | grep -qx ::1";
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("more than max_requests at once are told so at once") {
  Barrier barrier;
  ListenerOptions options = loopback();
  options.max_requests = 3;
  const auto listener = ok(Listener::open(options, [&](const Request& request) {
    barrier.wait();
    return hello(request);
  }));
  const std::uint16_t port = listener->address().port;
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(port);
    clients.back().send(get("/"));
  }
  barrier.await_waiting(3);
  for (int i = 0; i < 20; ++i) {
    const Answer refused = ask(port, get("/"));
    CHECK(refused.status == 503);
    CHECK(refused.has("Retry-After: 1"));
    CHECK(refused.body == "too many requests at once (limit 3); see --web.max-requests\n");
  }
  barrier.open();
  for (Client& client : clients) CHECK(client.answer().status == 200);
  CHECK(ask(port, get("/")).status == 200);
}

TEST_CASE("a place is held until the last byte of a stream") {
  Barrier barrier;
  ListenerOptions options = loopback();
  options.max_requests = 1;
  const auto listener = ok(Listener::open(options, [&](const Request&) {
    Response response;
    response.body = BodyStream([&](const ByteSink& out) {
      const bool sent = out("begin");
      barrier.wait();
      return sent;
    });
    return response;
  }));
  Client client(listener->address().port);
  client.send(get("/"));
  barrier.await_waiting(1);
  CHECK(ask(listener->address().port, get("/")).status == 503);
  barrier.open();
  CHECK(client.answer().whole);
}

TEST_CASE("half-open connections, more than there is room for, stop nobody") {
  const auto listener = ok(Listener::open(loopback(), hello));
  std::vector<Client> silent;
  for (std::size_t i = 0; i < limits::kConnections + 44; ++i) {
    silent.emplace_back(listener->address().port);
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) CHECK(ask(listener->address().port, get("/")).status == 200);
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
  CHECK(threads_of_process() <= limits::kConnections + 3);
  listener->stop();
}

TEST_CASE("unfinished requests hold their place for as long as agreed and no longer") {
  ListenerOptions options = loopback();
  options.patience.request_head = 300ms;
  options.patience.linger = 100ms;
  const auto listener = ok(Listener::open(options, hello));
  std::vector<Client> unfinished;
  for (std::size_t i = 0; i < limits::kConnections; ++i) {
    unfinished.emplace_back(listener->address().port);
    unfinished.back().send("GET / HTTP/1.1\r\nHost");
  }
  std::this_thread::sleep_for(700ms);
  CHECK(ask(listener->address().port, get("/")).status == 200);
  CHECK(unfinished.front().closed_within(1s));
}

TEST_CASE("a connection carries so many requests, and its last answer says so") {
  const auto listener = ok(Listener::open(loopback(), hello));
  Client client(listener->address().port);
  for (unsigned left = limits::kRequestsPerConnection; left > 0; --left) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(client.answer().has("Connection: close") == (left == 1));
  }
  CHECK(client.closed_within(1s));
}

TEST_CASE("an idle connection is closed after its time") {
  ListenerOptions options = loopback();
  options.patience.first_byte = 100ms;
  options.patience.keep_alive = 100ms;
  const auto listener = ok(Listener::open(options, hello));
  Client silent(listener->address().port);
  Client kept(listener->address().port);
  kept.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(kept.answer().status == 200);
  CHECK(silent.closed_within(2s));
  CHECK(kept.closed_within(2s));
}

TEST_CASE("a client that does not read its page loses it, and its place") {
  ListenerOptions options = loopback();
  options.max_requests = 1;
  options.patience.write_stall = 200ms;
  options.patience.linger = 100ms;
  std::atomic<bool> gave_up{false};
  const auto listener = ok(Listener::open(options, [&](const Request& request) {
    if (request.path != "/big") return hello(request);
    Response response;
    response.body = BodyStream([&](const ByteSink& out) {
      const std::string block(1U << 20U, 'x');
      for (int i = 0; i < 100; ++i) {
        if (!out(block)) return !(gave_up = true);
      }
      return true;
    });
    return response;
  }));
  Client slow(listener->address().port);
  slow.send(get("/big"));
  for (int i = 0; i < 100 && !gave_up; ++i) std::this_thread::sleep_for(20ms);
  CHECK(gave_up);
  for (int i = 0; i < 50 && ask(listener->address().port, get("/")).status != 200; ++i) {
    std::this_thread::sleep_for(20ms);
  }
  CHECK(ask(listener->address().port, get("/")).status == 200);
}

TEST_CASE("stop lets answers under way finish and takes no new ones") {
  Barrier barrier;
  const auto listener = ok(Listener::open(loopback(), [&](const Request& request) {
    barrier.wait();
    Response response = hello(request);
    response.body = BodyStream([](const ByteSink& out) { return out("whole"); });
    return response;
  }));
  Client client(listener->address().port);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  barrier.await_waiting(1);
  std::jthread stopper([&] { listener->stop(); });
  std::this_thread::sleep_for(100ms);
  barrier.open();
  const Answer answer = client.answer();
  CHECK(answer.whole);
  CHECK(answer.body == "whole");
  stopper.join();
  CHECK(client.closed_within(1s));
  listener->stop();  // twice is fine
  const Socket late(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(listener->address().port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(::connect(late.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0);
}

TEST_CASE("stop does not wait for idle clients, nor long for slow ones") {
  ListenerOptions options = loopback();
  options.patience.stop = 200ms;
  const auto listener = ok(Listener::open(options, [](const Request&) {
    Response response;
    response.body = BodyStream([](const ByteSink& out) {
      const std::string block(1U << 20U, 'x');
      while (out(block)) {
      }
      return false;
    });
    return response;
  }));
  const Client silent(listener->address().port);
  Client endless(listener->address().port);
  endless.send(get("/"));
  REQUIRE_FALSE(endless.receive().empty());
  const auto begin = std::chrono::steady_clock::now();
  listener->stop();
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("no thread is left behind") {
  const std::size_t before = threads_of_process();
  for (int i = 0; i < 20; ++i) {
    const auto listener = ok(Listener::open(loopback(), hello));
    const Client silent(listener->address().port);
    Client kept(listener->address().port);
    kept.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(kept.answer().status == 200);
  }
  CHECK(threads_of_process() == before);
}

TEST_CASE("many clients at once are all answered") {
  const auto listener = ok(Listener::open(loopback(), [](const Request& request) {
    Response response;
    response.body = BodyStream([path = request.path](const ByteSink& out) {
      for (int i = 0; i < 50; ++i) {
        if (!out(std::string(1'000, path.back()))) return false;
      }
      return true;
    });
    return response;
  }));
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        Client client(listener->address().port);
        for (int i = 0; i < 25; ++i) {
          const std::string path = "/" + std::to_string(t);
          client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
          const Answer answer = client.answer();
          if (answer.whole && answer.body == std::string(50'000, path.back())) ++good;
        }
      });
    }
  }
  CHECK(good == 200);
}

TEST_CASE("users are asked for their password on every path") {
  const Folder folder;
  const auto listener =
      ok(Listener::open(loopback(folder.write("web.yml", users("secret"))), hello));
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
  const Folder folder;
  const std::string file = folder.write("web.yml", users("other"));
  std::mutex mutex;
  std::vector<std::string> problems;
  ListenerOptions options = loopback(file);
  options.on_problem = [&](const Error& error) {
    const std::lock_guard lock(mutex);
    problems.push_back(error.message);
  };
  const auto listener = ok(Listener::open(options, hello));
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
  const Folder folder;
  const std::string file =
      folder.write("web.yml", users("secret") +
                                  "http_server_config:\n  headers:\n    X-Frame-Options: deny\n"
                                  "    Strict-Transport-Security: max-age=31536000\n");
  const auto listener = ok(Listener::open(loopback(file), hello));
  for (const std::string& headers : {basic(kAliceSecret), std::string()}) {
    const Answer answer = ask(listener->address().port, get("/", headers));
    CHECK(answer.has("X-Frame-Options: deny"));
    CHECK(answer.has("Strict-Transport-Security: max-age=31536000"));
    CHECK(answer.has("X-Content-Type-Options: nosniff"));
  }
}

TEST_CASE("the rate limit counts every request") {
  const Folder folder;
  const auto listener = ok(Listener::open(
      loopback(folder.write("web.yml", "rate_limit: {interval: 1h, burst: 2}\n")), hello));
  CHECK(ask(listener->address().port, get("/")).status == 200);
  CHECK(ask(listener->address().port, get("/")).status == 200);
  CHECK(ask(listener->address().port, get("/")).status == 429);
}

TEST_CASE("TLS is served, and nothing in the clear beside it") {
  const TlsFiles files;
  const auto listener = ok(Listener::open(loopback(files.config), hello));
  const TlsResult result = ask_tls(listener->address().port, get("/"));
  CHECK(result.server_name == "first");
  CHECK(result.version == "TLSv1.3");
  CHECK(result.answer.status == 200);
  CHECK(result.answer.body == "hello \n");
  CHECK(ask(listener->address().port, get("/")).status == 0);
}

TEST_CASE("a large page goes through TLS unharmed") {
  const TlsFiles files;
  const auto listener = ok(Listener::open(loopback(files.config), [](const Request&) {
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
  const auto listener = ok(Listener::open(loopback(files.config), hello));
  CHECK(ask_tls(listener->address().port, get("/")).server_name == "first");
  files.install(make_identity("second"));
  CHECK(ask_tls(listener->address().port, get("/")).server_name == "second");
}

TEST_CASE("TLS versions out of range are refused") {
  const TlsFiles from13("  min_version: TLS13\n");
  const auto listener = ok(Listener::open(loopback(from13.config), hello));
  CHECK_FALSE(ask_tls(listener->address().port, get("/"), nullptr, TLS1_2_VERSION).connected);
  CHECK(ask_tls(listener->address().port, get("/")).version == "TLSv1.3");

  const TlsFiles to12("  max_version: TLS12\n");
  const auto older = ok(Listener::open(loopback(to12.config), hello));
  CHECK(ask_tls(older->address().port, get("/")).version == "TLSv1.2");
}

TEST_CASE("client certificates: the right one enters and has a name, others do not") {
  const Identity ca = make_identity("ca");
  const TlsFiles files(
      "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n");
  files.folder.write("ca.crt", ca.certificate);
  const auto listener = ok(Listener::open(loopback(files.config), hello));
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
  const auto listener = ok(Listener::open(loopback(files.config), hello));
  const Identity stranger = make_identity("root");
  CHECK(ask_tls(listener->address().port, get("/"), &stranger).answer.body == "hello \n");
  CHECK(ask_tls(listener->address().port, get("/")).answer.status == 0);
}

TEST_CASE("a certificate that may be left out is still verified when it is shown") {
  const Identity ca = make_identity("ca");
  const TlsFiles files("  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.crt\n");
  files.folder.write("ca.crt", ca.certificate);
  const auto listener = ok(Listener::open(loopback(files.config), hello));
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
  const auto listener = ok(Listener::open(loopback(files.config), hello));
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
  const auto listener = ok(Listener::open(loopback(files.config), hello));
  const Identity client = make_identity("prometheus", "", &ca);
  CHECK(ask_tls(listener->address().port, get("/", basic(kAliceSecret)), &client).answer.body ==
        "hello alice\n");
  CHECK(ask_tls(listener->address().port, get("/"), &client).answer.status == 401);
}

TEST_CASE("curl is served over TLS, kept alive, with a user") {
  const TlsFiles files("", users("secret"));
  const auto listener = ok(Listener::open(loopback(files.config), hello));
  const std::string url = "https://127.0.0.1:" + std::to_string(listener->address().port) + "/";
  CHECK(std::system(("test \"$(curl -sk --max-time 5 -u alice:secret " + url + " " + url +
                     " | sort -u)\" = 'hello alice'")
                        .c_str()) == 0);
}
