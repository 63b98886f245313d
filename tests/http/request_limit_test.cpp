#include "steward/http/request_limit.hpp"

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <list>
#include <thread>

#include "http/support.hpp"
#include "steward/base/limits.hpp"
#include "steward/http/socket.hpp"

using namespace steward;
using namespace steward::http;
using namespace std::chrono_literals;

namespace {

// A connection of a source's, and its place.
struct Visitor {
  Visitor(Connections& all, const std::string& source) {
    std::array<int, 2> both{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, both.data()) == 0);
    near = Socket(both[0]);
    far = Socket(both[1]);
    member.emplace(all, near.get(), source);
  }
  ~Visitor() { ::shutdown(near.get(), SHUT_RDWR); }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

  [[nodiscard]] int ask(RequestLimit& limit) {
    const auto refused = place.emplace().refuse(limit, *member);
    return refused ? refused->status : 0;
  }
  // Waits for its client until it is closed, then gives its place back.
  void stall() {
    waiter = std::jthread([this] {
      member->begins();
      char byte = 0;
      (void)::recv(near.get(), &byte, 1, 0);
      closed = !member->ends();
      place.reset();
    });
  }

  Socket near, far;
  std::optional<Connections::Member> member;
  std::optional<RequestLimit::Place> place;
  std::atomic<bool> closed{false};
  std::jthread waiter;
};

}  // namespace

TEST_CASE("so many requests at once and no more") {
  Connections all(10);
  RequestLimit limit(2, "see the manual");
  Visitor first(all, "a"), second(all, "a"), third(all, "a");
  CHECK(first.ask(limit) == 0);
  CHECK(second.ask(limit) == 0);
  const auto refused = third.place.emplace().refuse(limit, *third.member);
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK(std::get<std::string>(refused->body) ==
        "too many requests at once (limit 2); see the manual\n");
  CHECK(refused->headers == Fields{{"Retry-After", "1"}});
  second.place.reset();
  CHECK(third.ask(limit) == 0);
}

TEST_CASE("0 means any number of requests at once") {
  Connections all(200);
  RequestLimit limit(0, "");
  std::list<Visitor> callers;
  for (int i = 0; i < 100; ++i) CHECK(callers.emplace_back(all, "a").ask(limit) == 0);
}

TEST_CASE("a client that keeps its place waiting loses it after a while, and not before") {
  Connections all(10);
  RequestLimit limit(1, "");
  Visitor slow(all, "a"), next(all, "a");
  CHECK(slow.ask(limit) == 0);
  const auto begin = std::chrono::steady_clock::now();
  slow.stall();
  for (int i = 0; i < 1'000 && next.ask(limit) != 0; ++i) std::this_thread::sleep_for(10ms);
  CHECK(std::chrono::steady_clock::now() - begin >= limits::kStalledTimeout);
  slow.waiter.join();
  CHECK(slow.closed);
}

TEST_CASE("who has fewer places need not wait for who has more") {
  Connections all(10);
  RequestLimit limit(2, "");
  Visitor greedy(all, "many"), more(all, "many"), other(all, "one"), third(all, "two");
  CHECK(greedy.ask(limit) == 0);
  CHECK(more.ask(limit) == 0);
  CHECK(other.ask(limit) == 503);  // they are worked on
  greedy.stall();
  for (int i = 0; i < 200 && other.ask(limit) != 0; ++i) std::this_thread::sleep_for(5ms);
  CHECK(other.place.has_value());
  CHECK(greedy.closed);
  CHECK(third.ask(limit) == 503);  // one each: nobody has too much
}
