#include "steward/runtime/connection.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <system_error>
#include <thread>

namespace steward::runtime {
namespace {

constexpr auto kBacklogPause = std::chrono::milliseconds(5);

std::string reason(int error) { return std::generic_category().message(error); }

// poll(2) wants milliseconds: round up, so that a wait never ends before its deadline.
int milliseconds_until(Deadline deadline) {
  using namespace std::chrono;
  const auto left = ceil<milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

// Names are looked up by the system, which has no deadline: give an address where that matters.
Result<AddressList> look_up(const TcpAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) return fail(ErrorCode::unreachable, "{}", gai_strerror(error));
  return AddressList(found, &freeaddrinfo);
}

}  // namespace

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> Connection::wait(short events, Deadline deadline) const {
  // poll(2) passes over a negative descriptor.
  std::array<pollfd, 2> entries{
      {{fd_, events, 0}, {interrupt_ == nullptr ? -1 : interrupt_->descriptor(), POLLIN, 0}}};
  for (;;) {
    const int ready = ::poll(entries.data(), entries.size(), milliseconds_until(deadline));
    if (ready > 0 && entries[1].revents != 0) {
      return fail(ErrorCode::unreachable, "not waited for: the steward ends");
    }
    if (ready > 0) return {};
    if (ready == 0) return fail(ErrorCode::timed_out, "no answer in time");
    if (errno != EINTR) return fail(ErrorCode::internal, "poll: {}", reason(errno));
  }
}

Result<void> Connection::connect_to(const void* address, unsigned length, Deadline deadline) {
  while (::connect(fd_, static_cast<const sockaddr*>(address), length) != 0) {
    if (errno == EINPROGRESS) return finish_connecting(deadline);
    if (errno != EAGAIN) return fail(ErrorCode::unreachable, "{}", reason(errno));
    // A unix socket's backlog is full: HAProxy is there, but does not accept for now.
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(ErrorCode::timed_out, "nobody accepted the connection in time");
    }
    std::this_thread::sleep_for(kBacklogPause);
  }
  return {};
}

Result<void> Connection::finish_connecting(Deadline deadline) {
  if (auto ready = wait(POLLOUT, deadline); !ready) return ready;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(ErrorCode::unreachable, "{}", reason(error));
  return {};
}

Result<Connection> Connection::open_unix(const UnixAddress& address, Deadline deadline,
                                         const Interrupt* interrupt) {
  Connection connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                        interrupt);
  if (connection.fd_ < 0) return fail(ErrorCode::internal, "socket: {}", reason(errno));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  address.path.copy(name.sun_path, sizeof name.sun_path - 1);
  auto connected = connection.connect_to(&name, sizeof name, deadline);
  if (!connected) return tl::unexpected(connected.error());
  return connection;
}

Result<Connection> Connection::open_tcp(const TcpAddress& address, Deadline deadline,
                                        const Interrupt* interrupt) {
  const auto candidates = look_up(address);
  if (!candidates) return tl::unexpected(candidates.error());
  Error last{ErrorCode::unreachable, "no address"};
  for (const addrinfo* at = candidates->get(); at != nullptr; at = at->ai_next) {
    Connection connection(::socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                          interrupt);
    if (connection.fd_ < 0) return fail(ErrorCode::internal, "socket: {}", reason(errno));
    auto connected = connection.connect_to(at->ai_addr, at->ai_addrlen, deadline);
    if (connected) return connection;
    last = connected.error();
  }
  return tl::unexpected(last);
}

Result<Connection> Connection::open(const Address& address, Deadline deadline,
                                    const Interrupt* interrupt) {
  const auto* path = std::get_if<UnixAddress>(&address);
  auto connection = path != nullptr ? open_unix(*path, deadline, interrupt)
                                    : open_tcp(std::get<TcpAddress>(address), deadline, interrupt);
  if (!connection) {
    return fail_within(fmt::format("cannot connect to {}", to_string(address)), connection.error());
  }
  return connection;
}

Result<void> Connection::send(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (auto ready = wait(POLLOUT, deadline); !ready) return ready;
    } else if (errno != EINTR) {
      return fail(ErrorCode::unreachable, "cannot send: {}", reason(errno));
    }
  }
  return {};
}

Result<std::size_t> Connection::receive(std::span<char> buffer, Deadline deadline) {
  for (;;) {
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EAGAIN) {
      if (auto ready = wait(POLLIN, deadline); !ready) return tl::unexpected(ready.error());
    } else if (errno != EINTR) {
      return fail(ErrorCode::unreachable, "cannot receive: {}", reason(errno));
    }
  }
}

}  // namespace steward::runtime
