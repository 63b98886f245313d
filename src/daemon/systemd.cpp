#include "steward/daemon/systemd.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <ctime>

#include "steward/base/text.hpp"

namespace steward::daemon {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no threads yet
  return value == nullptr ? std::string() : std::string(value);
}

// A watchdog that is meant for this process.
std::optional<std::chrono::milliseconds> read_heartbeat() {
  const auto pid = environment("WATCHDOG_PID");
  if (!pid.empty() && pid != std::to_string(::getpid())) return std::nullopt;
  const auto period = parse_number<std::int64_t>(environment("WATCHDOG_USEC"));
  if (!period || *period <= 0) return std::nullopt;
  const auto half = std::chrono::microseconds(*period / 2);
  return std::max(std::chrono::milliseconds(1),
                  std::chrono::duration_cast<std::chrono::milliseconds>(half));
}

}  // namespace

std::string runtime_directory() { return environment("RUNTIME_DIRECTORY"); }

Systemd::Systemd() : socket_(environment("NOTIFY_SOCKET")), heartbeat_(read_heartbeat()) {}

void Systemd::say(std::string_view state) const {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof name.sun_path) return;
  socket_.copy(name.sun_path, sizeof name.sun_path - 1);
  if (socket_.front() == '@') name.sun_path[0] = '\0';  // an abstract name
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // Nobody to tell is no reason to fail.
  (void)::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&name), size);
  ::close(descriptor);
}

void Systemd::ready() const { say("READY=1"); }

void Systemd::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  say(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1'000));
}

void Systemd::stopping() const { say("STOPPING=1"); }

void Systemd::alive() const { say("WATCHDOG=1"); }

}  // namespace steward::daemon
