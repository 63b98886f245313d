#include "steward/http/listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/http/channel.hpp"
#include "steward/http/connections.hpp"
#include "steward/http/credentials.hpp"
#include "steward/http/gate.hpp"
#include "steward/http/protocol.hpp"
#include "steward/http/socket.hpp"

namespace steward::http {
namespace {

class HttpListener final : public Listener {
 public:
  HttpListener(const ListenerOptions& options, Handler handler, Socket socket, Socket wake,
               std::unique_ptr<WebSettingsSource> settings)
      : address_{options.address.host, local_port(socket)},
        patience_(options.patience),
        on_problem_(options.on_problem),
        handler_(std::move(handler)),
        socket_(std::move(socket)),
        wake_(std::move(wake)),
        settings_(std::move(settings)),
        limit_(options.max_requests),
        protocol_(
            [this](Request& request, Exchange& exchange) { return answer(request, exchange); },
            options.on_problem),
        connections_(limits::kConnections),
        acceptor_([this] { accept_all(); }) {}

  ~HttpListener() override { HttpListener::stop(); }

  [[nodiscard]] TcpAddress address() const override { return address_; }

  void stop() override {
    const std::lock_guard lock(stop_mutex_);
    if (!acceptor_.joinable()) return;
    constexpr std::uint64_t kAny = 1;
    if (::write(wake_.get(), &kAny, sizeof kAny) < 0) std::terminate();  // cannot be
    acceptor_.join();
    socket_ = Socket();
    connections_.stop(patience_.stop);
  }

 private:
  void accept_all() {
    for (;;) {
      std::array<pollfd, 2> polls{{{socket_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
      if (::poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR) std::terminate();
      if (polls[1].revents != 0) return;
      accept_one();
    }
  }

  void accept_one() {
    const auto socket = std::make_shared<Socket>(accept_from(socket_));
    if (socket->is_open()) {
      // Without room the connection is closed at once: there is no thread to say why.
      (void)connections_.start([this, socket] { serve(std::move(*socket)); });
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      constexpr std::chrono::milliseconds kBreath{50};  // it stays ready; do not spin
      std::this_thread::sleep_for(kBreath);
    }
  }

  void serve(Socket socket) {
    Channel channel(std::move(socket), patience_);
    Connections::Member member(connections_, channel.descriptor());
    try {
      converse(channel, member);
    } catch (const std::exception& e) {  // out of memory: this connection's end, nobody else's
      if (on_problem_) on_problem_(Error{ErrorCode::internal, e.what()});
    }
  }

  void converse(Channel& channel, Connections::Member& member) {
    const auto first = [&] { return channel.await_request(patience_.first_byte); };
    const auto next = [&] { return channel.await_request(patience_.keep_alive); };
    if (!member.idle(first)) return;
    const auto settings = settings_->current();
    if (settings->tls && !channel.handshake(settings->tls)) return channel.close();
    if (settings->tls && !member.idle(first)) return;
    const std::string peer = channel.peer();
    const std::string client = channel.principal();
    for (unsigned left = limits::kRequestsPerConnection; left > 0; --left) {
      Exchange exchange{channel, settings_->current(), peer, client, left == 1};
      const bool done = protocol_.exchange(exchange);
      if (!done && !exchange.visible_end) return channel.abort();
      if (!exchange.keep || !member.idle(next)) break;
    }
    channel.close();
  }

  Response answer(Request& request, Exchange& exchange) {
    if (has_body(request)) exchange.keep = false;
    if (auto refused = refuse_framing(request)) return *std::move(refused);
    if (auto refused = refuse_rate(*exchange.settings, std::chrono::steady_clock::now())) {
      return *std::move(refused);
    }
    if (auto refused = refuse_stranger(*exchange.settings, passwords_, request)) {
      return *std::move(refused);
    }
    if (auto refused = exchange.place.refuse(limit_)) return *std::move(refused);
    return handler_(request);
  }

  const TcpAddress address_;
  const Patience patience_;
  const ProblemHook on_problem_;
  const Handler handler_;
  Socket socket_;
  const Socket wake_;  // an eventfd: stop() was called
  const std::unique_ptr<WebSettingsSource> settings_;
  PasswordChecker passwords_;
  RequestLimit limit_;
  Protocol protocol_;
  Connections connections_;
  std::mutex stop_mutex_;
  std::thread acceptor_;  // last: it uses all the others
};

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const ListenerOptions& options, Handler handler) {
  auto settings = WebSettingsSource::open(options.web_config_file, options.on_problem);
  if (!settings) return tl::unexpected(settings.error());
  auto socket = listen_on(options.address);
  if (!socket) return tl::unexpected(socket.error());
  Socket wake(::eventfd(0, EFD_CLOEXEC));
  if (!wake.is_open()) return fail(ErrorCode::internal, "cannot listen: no descriptors left");
  try {
    return std::make_unique<HttpListener>(options, std::move(handler), *std::move(socket),
                                          std::move(wake), *std::move(settings));
  } catch (const std::exception& e) {
    return fail(ErrorCode::internal, "cannot listen on {}: {}", to_string(options.address),
                e.what());
  }
}

}  // namespace steward::http
