// A stream socket whose every step has a deadline.
#pragma once

#include <span>
#include <string_view>

#include "steward/base/address.hpp"
#include "steward/base/result.hpp"
#include "steward/runtime/socket.hpp"

namespace steward::runtime {

// Owns a file descriptor. Movable, not thread-safe.
class Connection {
 public:
  [[nodiscard]] static Result<Connection> open(const Address& address, Deadline deadline,
                                               const Interrupt* interrupt = nullptr);

  Connection(Connection&& other) noexcept : fd_(other.fd_), interrupt_(other.interrupt_) {
    other.fd_ = -1;
  }
  Connection& operator=(Connection&&) = delete;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  Result<void> send(std::string_view bytes, Deadline deadline);

  // How many bytes came; 0: the peer closed.
  Result<std::size_t> receive(std::span<char> buffer, Deadline deadline);

 private:
  Connection(int fd, const Interrupt* interrupt) : fd_(fd), interrupt_(interrupt) {}
  Result<void> wait(short events, Deadline deadline) const;
  Result<void> connect_to(const void* address, unsigned length, Deadline deadline);
  Result<void> finish_connecting(Deadline deadline);
  static Result<Connection> open_unix(const UnixAddress& address, Deadline deadline,
                                      const Interrupt* interrupt);
  static Result<Connection> open_tcp(const TcpAddress& address, Deadline deadline,
                                     const Interrupt* interrupt);

  int fd_;
  const Interrupt* interrupt_;
};

}  // namespace steward::runtime
