// More clients than there is room for, and clients that keep a listener waiting.
#include <catch2/catch_test_macros.hpp>
#include <list>

#include "http/listener_support.hpp"
#include "http/support.hpp"
#include "steward/base/limits.hpp"
#include "steward/http/listener.hpp"

using namespace steward;
using namespace steward::http;
using namespace steward::test;

namespace {

std::list<Client> crowd(std::uint16_t port, std::size_t count, const std::string& says) {
  std::list<Client> clients;
  for (std::size_t i = 0; i < count; ++i) clients.emplace_back(port).send(says);
  return clients;
}

Response big_or_hello(const Request& request) {
  if (request.path != "/big") return hello(request);
  Response response;
  response.body = BodyStream([](const ByteSink& out) {
    const std::string block(1U << 20U, 'x');
    for (int i = 0; i < 100; ++i) {
      if (!out(block)) return false;
    }
    return true;
  });
  return response;
}

ListenerOptions with_bodies(unsigned max_requests) {
  ListenerOptions options = loopback();
  options.body_bytes = limits::kControlBodyBytes;
  options.max_requests = max_requests;
  return options;
}

std::string post(const std::string& more, const std::string& body = {}) {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + more + "Connection: close\r\n\r\n" + body;
}

// Asks until it is answered; how long that took.
std::chrono::steady_clock::duration time_to_answer(std::uint16_t port, const std::string& request) {
  const auto begin = std::chrono::steady_clock::now();
  while (ask(port, request).status != 200 && std::chrono::steady_clock::now() - begin < 20s) {
    std::this_thread::sleep_for(50ms);
  }
  return std::chrono::steady_clock::now() - begin;
}

}  // namespace

TEST_CASE("connections that say nothing, or half a head, stop nobody") {
  const auto listener = REQUIRE_OK(Listener::open(loopback(), hello));
  for (const std::string says : {"", "GET / HTTP/1.1\r\nHost"}) {
    const auto clients = crowd(listener->address().port, limits::kConnections + 44, says);
    for (int i = 0; i < 20; ++i) CHECK(ask(listener->address().port, get("/")).status == 200);
    CHECK(threads_of_process() <= limits::kConnections + 3);
  }
  listener->stop();
}

TEST_CASE("half a head is cut after its time") {
  ListenerOptions options = loopback();
  options.patience.request_head = 300ms;
  options.patience.linger = 100ms;
  const auto listener = REQUIRE_OK(Listener::open(options, hello));
  Client unfinished(listener->address().port);
  unfinished.send("GET / HTTP/1.1\r\nHost");
  CHECK(unfinished.closed_within(5s));
}

TEST_CASE("when all connections are worked on, the next is told so at once") {
  Barrier barrier;
  ListenerOptions options = loopback();
  options.max_requests = 0;
  const auto listener = REQUIRE_OK(Listener::open(options, [&](const Request& request) {
    barrier.wait();
    return hello(request);
  }));
  const auto clients = crowd(listener->address().port, limits::kConnections, get("/"));
  barrier.await_waiting(static_cast<int>(limits::kConnections));
  const Answer answer = ask(listener->address().port, get("/"));
  CHECK(answer.status == 503);
  CHECK(answer.has("Retry-After: 1"));
  CHECK(answer.body == "every connection is in use\n");
  barrier.open();
}

TEST_CASE("answers that are not read give their places to who reads") {
  ListenerOptions options = loopback();
  options.max_requests = 2;
  const auto listener = REQUIRE_OK(Listener::open(options, big_or_hello));
  const auto clients = crowd(listener->address().port, 2, get("/big"));
  CHECK(time_to_answer(listener->address().port, get("/")) < limits::kWriteStallTimeout);
}

TEST_CASE("bodies that do not come give their places to those that do") {
  const auto listener = REQUIRE_OK(Listener::open(with_bodies(2), hello));
  const auto clients = crowd(listener->address().port, 2, post("Content-Length: 5\r\n", "he"));
  const std::string whole = post("Content-Length: 5\r\n", "hello");
  CHECK(time_to_answer(listener->address().port, whole) < limits::kControlBodyTimeout);
}

TEST_CASE("those whom only their body will prove take no place of the others") {
  ListenerOptions options = with_bodies(1);
  options.before_body = [](const Request& request) {
    return HeadVerdict{std::nullopt, !request.header("X-Signed").has_value()};
  };
  const auto listener = REQUIRE_OK(Listener::open(options, hello));
  const auto clients = crowd(listener->address().port, 2 * limits::kUnprovenRequests,
                             post("X-Signed: x\r\nContent-Length: 5\r\n", "he"));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(ask(listener->address().port, post("Content-Length: 5\r\n", "hello")).status == 200);
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
}

TEST_CASE("100 (Continue) is said to who may go on, and to nobody else") {
  ListenerOptions options = with_bodies(2);
  options.before_body = [](const Request& request) {
    HeadVerdict verdict;
    if (!request.header("Authorization")) verdict.refused = Response{401, {}, {}, "no\n"};
    return verdict;
  };
  const auto listener = REQUIRE_OK(Listener::open(options, hello));
  const std::string expecting = "Expect: 100-Continue\r\nContent-Length: 5\r\n";
  CHECK(ask(listener->address().port, post(expecting, "hello")).status == 401);
  Client client(listener->address().port);
  client.send(post("Authorization: x\r\n" + expecting));
  CHECK(client.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  CHECK(client.answer().status == 200);
}
