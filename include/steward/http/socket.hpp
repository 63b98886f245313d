// Sockets: owning one, listening on an address, naming the peer.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "steward/base/address.hpp"
#include "steward/base/result.hpp"

namespace steward::http {

// Owns a descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

// A listening socket, non-blocking and closed on exec. An empty host means every address, IPv6
// and IPv4. SO_REUSEADDR but never SO_REUSEPORT: a port that another process listens on is an
// error, "cannot listen on 127.0.0.1:9101: address already in use".
[[nodiscard]] Result<Socket> listen_on(const TcpAddress& address);

// The same on a unix socket, whose file has `mode` before anybody can connect. A file that a dead
// process left there is replaced; one that somebody listens on, or that is no socket, is an error.
[[nodiscard]] Result<Socket> listen_on(const UnixAddress& address, std::uint32_t mode);

// 0 for a unix socket.
[[nodiscard]] std::uint16_t local_port(const Socket& socket);

// The next connection, non-blocking, with TCP_NODELAY; not open (and errno) if there is none.
[[nodiscard]] Socket accept_from(const Socket& listening);

// The numeric address of the other end; an IPv4 one as such also on an IPv6 socket; "unix" on a
// unix socket.
[[nodiscard]] std::string peer_host(const Socket& socket);

// Whom a peer counts as: one IPv4 address, or the /64 of an IPv6 one ("2001:db8::/64"), which is
// what one customer gets. Other texts stay as they are.
[[nodiscard]] std::string network_of(const std::string& host);

}  // namespace steward::http
