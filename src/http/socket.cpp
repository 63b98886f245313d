#include "steward/http/socket.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <memory>
#include <system_error>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::http {
namespace {

bool set_option(const Socket& socket, int level, int name, int value) {
  return ::setsockopt(socket.get(), level, name, &value, sizeof value) == 0;
}

// "address already in use": the sentence goes on in lower case.
std::string reason(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

// 0, or errno with the socket left unset.
int try_listen(const sockaddr* address, socklen_t size, bool dual_stack, Socket& result) {
  Socket socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return errno;
  if (!set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1)) return errno;
  if (address->sa_family == AF_INET6 &&
      !set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, dual_stack ? 0 : 1)) {
    return errno;
  }
  if (::bind(socket.get(), address, size) != 0) return errno;
  if (::listen(socket.get(), limits::kConnectionsQueued) != 0) return errno;
  result = std::move(socket);
  return 0;
}

template <class Address>
int try_listen(const Address& address, bool dual_stack, Socket& result) {
  return try_listen(reinterpret_cast<const sockaddr*>(&address), sizeof address, dual_stack,
                    result);
}

int listen_everywhere(std::uint16_t port, Socket& result) {
  sockaddr_in6 both{};
  both.sin6_family = AF_INET6;
  both.sin6_port = htons(port);
  both.sin6_addr = in6addr_any;
  const int error = try_listen(both, true, result);
  if (error != EAFNOSUPPORT && error != EADDRNOTAVAIL) return error;
  sockaddr_in v4{};  // a kernel without IPv6
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  return try_listen(v4, false, result);
}

Result<Socket> listen_at_name(const TcpAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
  if (failure != 0) {
    return fail(ErrorCode::invalid, "cannot listen on {}: {}", printable(to_string(address)),
                ::gai_strerror(failure));
  }
  int error = EADDRNOTAVAIL;
  Socket socket;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    error = try_listen(each->ai_addr, each->ai_addrlen, false, socket);
    if (error == 0) return socket;
  }
  return fail(ErrorCode::unreachable, "cannot listen on {}: {}", to_string(address), reason(error));
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Socket::~Socket() {
  if (is_open()) ::close(descriptor_);
}

Result<Socket> listen_on(const TcpAddress& address) {
  if (!address.host.empty()) return listen_at_name(address);
  Socket socket;
  if (const int error = listen_everywhere(address.port, socket)) {
    return fail(ErrorCode::unreachable, "cannot listen on {}: {}", to_string(address),
                reason(error));
  }
  return socket;
}

namespace {

// Whether a process listens there: a file may outlive its process.
bool answers(const sockaddr_un& name) {
  const Socket probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 ||
         errno == EAGAIN;
}

// Nobody can connect before listen(): until then there is time to set the mode.
int bind_and_listen(const Socket& socket, const sockaddr_un& name, std::uint32_t mode) {
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
    return errno;
  if (::chmod(name.sun_path, mode) != 0) return errno;
  return ::listen(socket.get(), limits::kConnectionsQueued) == 0 ? 0 : errno;
}

}  // namespace

Result<Socket> listen_on(const UnixAddress& address, std::uint32_t mode) {
  const auto cannot = [&](std::string_view why) {
    return fail(ErrorCode::unreachable, "cannot listen on unix:{}: {}", printable(address.path),
                why);
  };
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.path.size() >= sizeof name.sun_path) return cannot("the path is too long");
  address.path.copy(name.sun_path, sizeof name.sun_path - 1);
  struct stat status {};
  if (::lstat(name.sun_path, &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return cannot("there is something that is no socket");
    if (answers(name)) return cannot("address already in use");
    ::unlink(name.sun_path);
  }
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return cannot(reason(errno));
  if (const int error = bind_and_listen(socket, name, mode)) return cannot(reason(error));
  return socket;
}

std::uint16_t local_port(const Socket& socket) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0) return 0;
  if (name.ss_family == AF_UNIX) return 0;
  if (name.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in&>(name).sin_port);
  return ntohs(reinterpret_cast<sockaddr_in6&>(name).sin6_port);
}

Socket accept_from(const Socket& listening) {
  Socket socket(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.is_open()) return socket;
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_SNDBUF, limits::kSendBufferBytes);
  return socket;
}

std::string peer_host(const Socket& socket) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  std::array<char, NI_MAXHOST> host{};
  if (::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0) return {};
  if (name.ss_family == AF_UNIX) return "unix";
  if (::getnameinfo(reinterpret_cast<sockaddr*>(&name), size, host.data(), host.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0) {
    return {};
  }
  const std::string text(host.data());
  constexpr std::string_view kMapped = "::ffff:";
  const bool mapped = text.starts_with(kMapped) && text.find('.') != std::string::npos;
  return mapped ? text.substr(kMapped.size()) : text;
}

std::string network_of(const std::string& host) {
  in6_addr address{};
  const std::string bare = host.substr(0, host.find('%'));  // without the interface
  if (::inet_pton(AF_INET6, bare.c_str(), &address) != 1) return host;
  std::fill(std::begin(address.s6_addr) + 8, std::end(address.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, &address, text.data(), text.size());
  return std::string(text.data()) + "/64";
}

}  // namespace steward::http
