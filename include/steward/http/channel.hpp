// One accepted connection, plain or TLS: bytes in and out, each wait with an end. Unaware of HTTP
// beyond "a request begins", "an answer follows".
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "steward/http/patience.hpp"
#include "steward/http/socket.hpp"
#include "steward/http/tls.hpp"
#include "steward/http/waiting.hpp"

namespace steward::http {

// Used by one thread; another may only shut the descriptor down, which ends every wait.
class Channel {
 public:
  // The socket must be non-blocking.
  Channel(Socket socket, const Patience& patience);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Told of every wait from now on; it must outlive them.
  void tell(Waiting& waiting) { waiting_ = &waiting; }

  // Makes it TLS; false: refused, closed or too slow.
  [[nodiscard]] bool handshake(std::shared_ptr<const TlsContext> tls);

  // Whether the client would be let in by this, too; of a plain connection it is true.
  [[nodiscard]] bool still_admitted(const std::shared_ptr<const TlsContext>& tls) const;

  // Waits for the first byte of a request and starts its clocks; false: none came.
  [[nodiscard]] bool await_request(std::chrono::milliseconds patience);

  // The next bytes of the request. 0: the client has closed. -1: broken, or past
  // kRequestHeadBytes or Patience::request_head.
  std::ptrdiff_t read(char* into, std::size_t most);

  // So many bytes of the request's body, all of them by then, or false. Memory is taken as they
  // come, not as they are announced.
  [[nodiscard]] bool read_body(std::string& into, std::size_t size,
                               std::chrono::milliseconds patience);

  // All of it, or false: the client is gone, or slower than Patience::write_stall or ::answer.
  [[nodiscard]] bool write(std::string_view bytes);

  // Ends well: what was written arrives, even when the client has more to say. The descriptor
  // itself is closed by the destructor.
  void close();

  // The destructor will reset the connection, for an answer whose end cannot be told otherwise.
  void abort();

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] std::string peer() const { return peer_host(socket_); }
  [[nodiscard]] std::string principal() const;           // a verified client certificate's
  [[nodiscard]] std::vector<std::string> names() const;  // all SANs of it

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool wait(short events, Clock::time_point until) const;
  [[nodiscard]] bool poll_for(short events, Clock::time_point until) const;
  [[nodiscard]] std::ptrdiff_t receive(char* into, std::size_t most, Clock::time_point until);
  [[nodiscard]] std::ptrdiff_t send(std::string_view bytes);
  template <class Operation>
  [[nodiscard]] int tls_step(Clock::time_point until, Operation operation);
  void linger();

  Socket socket_;
  Patience patience_;
  Waiting* waiting_ = nullptr;
  std::shared_ptr<const TlsContext> tls_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> session_;
  bool broken_ = false;  // TLS allows nothing more, not even goodbye
  std::array<char, 4096> buffer_;
  std::size_t begin_ = 0;  // what was received and not yet read
  std::size_t end_ = 0;
  std::size_t head_left_ = 0;
  Clock::time_point head_deadline_;
  Clock::time_point answer_deadline_;
};

}  // namespace steward::http
