#include "steward/http/channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "steward/base/limits.hpp"

namespace steward::http {

using std::chrono::milliseconds;

namespace {

constexpr std::size_t kBodyBlock = 64U << 10U;  // what a body grows by

}  // namespace

Channel::Channel(Socket socket, const Patience& patience)
    : socket_(std::move(socket)), patience_(patience), session_(nullptr, SSL_free) {}

Channel::~Channel() = default;

bool Channel::wait(short events, Clock::time_point until) const {
  if (waiting_ == nullptr) return poll_for(events, until);
  waiting_->begins();
  const bool ready = poll_for(events, until);
  return waiting_->ends() && ready;
}

bool Channel::poll_for(short events, Clock::time_point until) const {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
    if (left <= milliseconds::zero()) return false;
    pollfd poll{socket_.get(), events, 0};
    const int ready = ::poll(&poll, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// One OpenSSL call, again until it is done: its result, 0 at the end of the stream, -1 if broken.
template <class Operation>
int Channel::tls_step(Clock::time_point until, Operation operation) {
  while (!broken_) {
    ERR_clear_error();
    const int result = operation();
    if (result > 0) return result;
    const int error = SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    const bool again = (error == SSL_ERROR_WANT_READ && wait(POLLIN, until)) ||
                       (error == SSL_ERROR_WANT_WRITE && wait(POLLOUT, until));
    if (!again) broken_ = true;
  }
  return -1;
}

bool Channel::handshake(std::shared_ptr<const TlsContext> tls) {
  tls_ = std::move(tls);
  session_.reset(tls_->new_session());
  if (!session_ || SSL_set_fd(session_.get(), socket_.get()) != 1) return false;
  const auto until = Clock::now() + patience_.handshake;
  if (tls_step(until, [&] { return SSL_accept(session_.get()); }) != 1) return false;
  return tls_->admits(session_.get());
}

bool Channel::still_admitted(const std::shared_ptr<const TlsContext>& tls) const {
  return !session_ || tls == tls_ || (tls && tls->still_admits(session_.get()));
}

std::string Channel::principal() const {
  return session_ ? tls_->principal(session_.get()) : std::string();
}

std::vector<std::string> Channel::names() const {
  return session_ ? tls_->names(session_.get()) : std::vector<std::string>();
}

bool Channel::await_request(milliseconds patience) {
  const bool here = begin_ < end_ || (session_ && SSL_pending(session_.get()) > 0) ||
                    wait(POLLIN, Clock::now() + patience);
  if (!here) return false;
  const auto now = Clock::now();
  head_deadline_ = now + patience_.request_head;
  answer_deadline_ = now + patience_.answer;
  head_left_ = limits::kRequestHeadBytes;
  return true;
}

std::ptrdiff_t Channel::receive(char* into, std::size_t most, Clock::time_point until) {
  if (session_) {
    const int size = static_cast<int>(std::min<std::size_t>(most, 1U << 20U));
    return tls_step(until, [&] { return SSL_read(session_.get(), into, size); });
  }
  for (;;) {
    const auto got = ::recv(socket_.get(), into, most, 0);
    if (got >= 0) return got;
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !wait(POLLIN, until)) return -1;
  }
}

std::ptrdiff_t Channel::read(char* into, std::size_t most) {
  if (head_left_ == 0 || Clock::now() >= head_deadline_) return -1;
  if (begin_ == end_) {
    const auto got = receive(buffer_.data(), buffer_.size(), head_deadline_);
    if (got <= 0) return got;
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
  }
  const std::size_t size = std::min({most, end_ - begin_, head_left_});
  std::memcpy(into, buffer_.data() + begin_, size);
  begin_ += size;
  head_left_ -= size;
  return static_cast<std::ptrdiff_t>(size);
}

bool Channel::read_body(std::string& into, std::size_t size, milliseconds patience) {
  const auto until = std::min(Clock::now() + patience, answer_deadline_);
  const std::size_t here = std::min(size, end_ - begin_);
  into.assign(buffer_.data() + begin_, here);
  begin_ += here;
  while (into.size() < size) {
    if (Clock::now() >= until) return false;
    const std::size_t got = into.size();
    into.resize(std::min(size, got + kBodyBlock));
    const auto more = receive(into.data() + got, into.size() - got, until);
    if (more <= 0) return false;
    into.resize(got + static_cast<std::size_t>(more));
  }
  return true;
}

std::ptrdiff_t Channel::send(std::string_view bytes) {
  const auto until = std::min(Clock::now() + patience_.write_stall, answer_deadline_);
  if (session_) {
    const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 20U));
    return tls_step(until, [&] { return SSL_write(session_.get(), bytes.data(), size); });
  }
  for (;;) {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !wait(POLLOUT, until)) return -1;
  }
}

bool Channel::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(bytes);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Closing with unread bytes resets the connection, and the client may lose the answer it has not
// read yet; so its bytes are thrown away until it closes too.
void Channel::linger() {
  if (::shutdown(socket_.get(), SHUT_WR) != 0) return;
  const auto until = Clock::now() + patience_.linger;
  for (;;) {
    const auto got = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (got == 0) return;
    if (got < 0 && (errno != EAGAIN || !wait(POLLIN, until))) return;
    if (Clock::now() >= until) return;
  }
}

void Channel::close() {
  if (session_ && !broken_) {
    ERR_clear_error();
    SSL_shutdown(session_.get());
  }
  linger();
}

void Channel::abort() {
  const ::linger reset{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

}  // namespace steward::http
