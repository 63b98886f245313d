#include "steward/http/listener.hpp"

#include <atomic>
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

TEST_CASE("port 0 is a free one, and the address tells which") {
  const auto listener = REQUIRE_OK(Listener::open(loopback(), hello));
  CHECK(listener->address().host == "127.0.0.1");
  REQUIRE(listener->address().port != 0);
  CHECK(ask(listener->address().port, get("/")).status == 200);
}

TEST_CASE("a second listener on the same port is an error") {
  const auto first = REQUIRE_OK(Listener::open(loopback(), hello));
  ListenerOptions options = loopback();
  options.address = TcpAddress{"127.0.0.1", first->address().port};
  const auto second = Listener::open(options, hello);
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().message, ContainsSubstring("address already in use"));
}

TEST_CASE("a port is free again after stop, at once") {
  auto first = REQUIRE_OK(Listener::open(loopback(), hello));
  ListenerOptions options = loopback();
  options.address = TcpAddress{"127.0.0.1", first->address().port};
  CHECK(ask(first->address().port, get("/")).status == 200);
  first->stop();
  const auto second = REQUIRE_OK(Listener::open(options, hello));
  CHECK(ask(first->address().port, get("/")).status == 200);
}

TEST_CASE("a broken web config file is an error before anything listens") {
  const TempFolder folder;
  const auto opened = Listener::open(
      loopback(folder.write("web.yml", "basic_auth_users:\n  a: b\nrate_limit: {x: 1}\n")), hello);
  REQUIRE_FALSE(opened);
  CHECK_THAT(opened.error().message,
             ContainsSubstring("web.yml:2:6: basic_auth_users.a: not a bcrypt hash") &&
                 ContainsSubstring("web.yml:3:14: rate_limit.x: unknown key"));
}

TEST_CASE("every address serves IPv4 and IPv6 clients") {
  ListenerOptions options;
  const auto listener = REQUIRE_OK(Listener::open(options, [](const Request& request) {
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
  const auto listener = REQUIRE_OK(Listener::open(options, [&](const Request& request) {
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
  const auto listener = REQUIRE_OK(Listener::open(options, [&](const Request&) {
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

TEST_CASE("a connection carries so many requests, and its last answer says so") {
  const auto listener = REQUIRE_OK(Listener::open(loopback(), hello));
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
  const auto listener = REQUIRE_OK(Listener::open(options, hello));
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
  const auto listener = REQUIRE_OK(Listener::open(options, [&](const Request& request) {
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
  ListenerOptions options = loopback();
  options.patience.stop = 10s;
  const auto listener = REQUIRE_OK(Listener::open(options, [&](const Request& request) {
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
  const auto listener = REQUIRE_OK(Listener::open(options, [](const Request&) {
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
  std::thread([] {}).join();  // a sanitizer's own comes with the first
  const std::size_t before = threads_of_process();
  for (int i = 0; i < 20; ++i) {
    const auto listener = REQUIRE_OK(Listener::open(loopback(), hello));
    const Client silent(listener->address().port);
    Client kept(listener->address().port);
    kept.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(kept.answer().status == 200);
  }
  // The kernel forgets a thread a little after it was joined.
  for (int i = 0; i < 500 && threads_of_process() != before; ++i) std::this_thread::sleep_for(10ms);
  CHECK(threads_of_process() == before);
}

TEST_CASE("many clients at once are all answered") {
  const auto listener = REQUIRE_OK(Listener::open(loopback(), [](const Request& request) {
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
