#include "steward/http/connections.hpp"

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <memory>

#include "http/support.hpp"
#include "steward/http/socket.hpp"

using namespace std::chrono_literals;
using steward::http::Connections;
using steward::http::Socket;

namespace {

// Two ends of a connection; the near one is served.
struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    near = Socket(ends[0]);
    far = Socket(ends[1]);
  }
  Socket near;
  Socket far;
};

bool wait_readable(int descriptor) {
  pollfd poll{descriptor, POLLIN, 0};
  char byte = 0;
  return ::poll(&poll, 1, 10'000) == 1 && ::recv(descriptor, &byte, 1, 0) == 1;
}

// Starts a thread that is idle until its peer writes; the future tells how the waiting ended.
std::future<bool> start_idle(Connections& connections, const Pair& pair,
                             const std::string& source = "a") {
  auto woken = std::make_shared<std::promise<bool>>();
  std::promise<void> waiting;
  auto begun = waiting.get_future();
  const int descriptor = pair.near.get();
  REQUIRE(connections.start([&connections, &waiting, woken, descriptor, source] {
    Connections::Member member(connections, descriptor, source);
    woken->set_value(member.idle([&] {
      member.begins();
      waiting.set_value();
      const bool readable = wait_readable(descriptor);
      return member.ends() && readable;
    }));
  }));
  begun.wait();
  return woken->get_future();
}

}  // namespace

TEST_CASE("an idle connection goes on when a request comes") {
  Connections connections(2);
  const Pair pair;
  auto woken = start_idle(connections, pair);
  REQUIRE(::send(pair.far.get(), "x", 1, 0) == 1);
  CHECK(woken.get());
}

TEST_CASE("when there is no room the one idle longest makes place") {
  Connections connections(2);
  const Pair first;
  const Pair second;
  const Pair third;
  auto first_woken = start_idle(connections, first);
  auto second_woken = start_idle(connections, second);
  auto third_woken = start_idle(connections, third);
  CHECK_FALSE(first_woken.get());
  CHECK(second_woken.wait_for(50ms) == std::future_status::timeout);
  connections.stop(0ms);
  CHECK_FALSE(second_woken.get());
  CHECK_FALSE(third_woken.get());
}

TEST_CASE("it goes from the source that has most, even if another's is older") {
  Connections connections(3);
  const Pair old, first, second, fresh;
  auto old_woken = start_idle(connections, old, "one");
  auto first_woken = start_idle(connections, first, "many");
  auto second_woken = start_idle(connections, second, "many");
  auto fresh_woken = start_idle(connections, fresh, "another");
  CHECK_FALSE(first_woken.get());
  CHECK(old_woken.wait_for(50ms) == std::future_status::timeout);
  CHECK(second_woken.wait_for(0ms) == std::future_status::timeout);
  connections.stop(0ms);
}

TEST_CASE("busy connections are never closed for another") {
  Connections connections(1);
  std::promise<void> release;
  std::promise<void> ended;
  REQUIRE(connections.start([&] {
    release.get_future().wait();
    ended.set_value();
  }));
  CHECK_FALSE(connections.start([] {}));
  release.set_value();
  ended.get_future().wait();
  for (int i = 0; i < 100 && !connections.start([] {}); ++i) std::this_thread::sleep_for(10ms);
  connections.stop(0ms);
}

TEST_CASE("stop waits for the busy, then shuts them down") {
  Connections connections(4);
  const Pair quick;
  const Pair stuck;
  std::atomic<bool> quick_done{false};
  std::atomic<bool> stuck_cut{false};
  std::promise<void> both;
  std::atomic<int> begun{0};
  const auto begin = [&] {
    if (++begun == 2) both.set_value();
  };
  REQUIRE(connections.start([&] {
    const Connections::Member member(connections, quick.near.get(), "a");
    begin();
    std::this_thread::sleep_for(100ms);
    quick_done = ::send(quick.near.get(), "x", 1, MSG_NOSIGNAL) == 1;
  }));
  REQUIRE(connections.start([&] {
    const Connections::Member member(connections, stuck.near.get(), "a");
    begin();
    stuck_cut = !wait_readable(stuck.near.get());
  }));
  both.get_future().wait();
  connections.stop(500ms);
  CHECK(quick_done);
  CHECK(stuck_cut);
  CHECK_FALSE(connections.start([] {}));
  connections.stop(0ms);
}

TEST_CASE("nobody becomes idle once everything stops") {
  Connections connections(1);
  const Pair pair;
  std::promise<void> begun;
  std::promise<void> release;
  std::atomic<bool> idled{true};
  REQUIRE(connections.start([&] {
    Connections::Member member(connections, pair.near.get(), "a");
    begun.set_value();
    release.get_future().wait();
    idled = member.idle([] { return true; });
  }));
  begun.get_future().wait();
  std::jthread stopper([&] { connections.stop(5s); });
  std::this_thread::sleep_for(50ms);
  release.set_value();
  stopper.join();
  CHECK_FALSE(idled);
}
