// One keep-alive HTTP client that asks again and again and times each answer: what traffic feels
// while something else keeps the server busy. The client of scripts/bench; a thread of Python is
// too coarse for it.
//
//   bench_ping PORT PINGS INTERVAL_US SECONDS
//
// asks http://127.0.0.1:PORT/ at most PINGS times and SECONDS long, one question each INTERVAL_US
// (later when an answer took longer), and prints one line: count, p50, p99 and max in us.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
constexpr std::string_view kEndOfHead = "\r\n\r\n";  // the answer asked for has no body
constexpr timeval kAnswerTimeout{10, 0};

struct Plan {
  std::uint16_t port = 0;
  std::size_t pings = 0;
  std::chrono::microseconds interval{};
  std::chrono::seconds longest{};
};

template <typename Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::optional<Plan> parse_plan(int argc, char** argv) {
  Plan plan;
  std::int64_t interval = 0;
  std::int64_t longest = 0;
  if (argc != 5 || !parse(argv[1], plan.port) || !parse(argv[2], plan.pings) ||
      !parse(argv[3], interval) || !parse(argv[4], longest) || plan.pings == 0) {
    return std::nullopt;
  }
  plan.interval = std::chrono::microseconds{interval};
  plan.longest = std::chrono::seconds{longest};
  return plan;
}

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return -1;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof kAnswerTimeout);
  return fd;
}

bool ping(int fd) {
  if (send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) != ssize_t{kRequest.size()}) {
    return false;
  }
  std::array<char, 4096> answer{};
  std::size_t length = 0;
  while (!std::string_view{answer.data(), length}.ends_with(kEndOfHead)) {
    const ssize_t count = recv(fd, answer.data() + length, answer.size() - length, 0);
    if (count <= 0) return false;
    length += static_cast<std::size_t>(count);
  }
  return std::string_view{answer.data(), length}.starts_with("HTTP/1.1 200 ");
}

std::optional<std::vector<std::int64_t>> measure(const Plan& plan) {
  const int fd = connect_to(plan.port);
  if (fd < 0) return std::nullopt;
  std::vector<std::int64_t> latencies;
  latencies.reserve(plan.pings);
  const auto end = Clock::now() + plan.longest;
  for (auto next = Clock::now(); latencies.size() < plan.pings && next < end;) {
    const auto asked = Clock::now();
    if (!ping(fd)) return std::nullopt;
    const auto answered = Clock::now();
    latencies.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(answered - asked).count());
    next = std::max(next + plan.interval, answered);
    std::this_thread::sleep_until(next);
  }
  close(fd);
  return latencies;
}

std::int64_t quantile(const std::vector<std::int64_t>& sorted, std::size_t percent) {
  return sorted[(sorted.size() - 1) * percent / 100];
}

}  // namespace

int main(int argc, char** argv) {
  const auto plan = parse_plan(argc, argv);
  if (!plan) {
    std::fputs("usage: bench_ping PORT PINGS INTERVAL_US SECONDS\n", stderr);
    return 2;
  }
  auto latencies = measure(*plan);
  if (!latencies || latencies->empty()) {
    std::fprintf(stderr, "bench_ping: no answer 200 from 127.0.0.1:%d: %s\n", plan->port,
                 std::strerror(errno));
    return 1;
  }
  std::sort(latencies->begin(), latencies->end());
  std::printf(
      "%zu %lld %lld %lld\n", latencies->size(), static_cast<long long>(quantile(*latencies, 50)),
      static_cast<long long>(quantile(*latencies, 99)), static_cast<long long>(latencies->back()));
}
