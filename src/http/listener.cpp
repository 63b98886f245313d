#include "steward/http/listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/http/channel.hpp"
#include "steward/http/connections.hpp"
#include "steward/http/credentials.hpp"
#include "steward/http/gate.hpp"
#include "steward/http/protocol.hpp"
#include "steward/http/request_limit.hpp"
#include "steward/http/socket.hpp"

namespace steward::http {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

class HttpListener final : public Listener {
 public:
  HttpListener(const ListenerOptions& options, Handler handler, Socket socket, Socket wake,
               std::unique_ptr<WebSettingsSource> settings)
      : options_(options),
        address_(bound(options, socket)),
        handler_(std::move(handler)),
        socket_(std::move(socket)),
        wake_(std::move(wake)),
        settings_(std::move(settings)),
        limit_(options.max_requests, options.limit_hint),
        unproven_(limits::kUnprovenRequests, "these are known by their body only"),
        file_(file_of(options.address)),
        protocol_(
            [this](Request& request, Exchange& exchange) { return answer(request, exchange); },
            options.on_problem, options.refusal),
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
    connections_.stop(options_.patience.stop);
    remove_file();
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
      if (!connections_.start([this, socket] { serve(std::move(*socket)); })) turn_away(*socket);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      constexpr std::chrono::milliseconds kBreath{50};  // it stays ready; do not spin
      std::this_thread::sleep_for(kBreath);
    }
  }

  // Nobody is there to read the request; what fits into the socket at once is said.
  void turn_away(const Socket& socket) const {
    if (settings_->current()->tls) return;
    const std::string text = bare_answer(styled(come_back("every connection is in use")));
    (void)::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
    (void)::shutdown(socket.get(), SHUT_WR);
    std::array<char, 4096> unread;  // closing with unread bytes would reset the connection
    (void)::recv(socket.get(), unread.data(), unread.size(), 0);
  }

  void serve(Socket socket) {
    Channel channel(std::move(socket), options_.patience);
    Connections::Member member(connections_, channel.descriptor(), network_of(channel.peer()));
    channel.tell(member);
    try {
      converse(channel, member);
    } catch (const std::exception& e) {  // out of memory: this connection's end, nobody else's
      if (options_.on_problem) options_.on_problem(Error{ErrorCode::internal, e.what()});
    }
  }

  void converse(Channel& channel, Connections::Member& member) {
    const auto first = [&] { return channel.await_request(options_.patience.first_byte); };
    const auto next = [&] { return channel.await_request(options_.patience.keep_alive); };
    if (!member.idle(first)) return;
    const auto settings = settings_->current();
    if (settings->tls && !channel.handshake(settings->tls)) return channel.close();
    if (settings->tls && !member.idle(first)) return;
    const std::string peer = channel.peer();
    const std::string client = channel.principal();
    const std::vector<std::string> names = channel.names();
    for (unsigned left = limits::kRequestsPerConnection; left > 0; --left) {
      Exchange exchange{channel, member, settings_->current(), peer, client, names, left == 1};
      if (!channel.still_admitted(exchange.settings->tls)) break;  // its CA was taken away
      const bool done = protocol_.exchange(exchange);
      if (!done && !exchange.visible_end) return channel.abort();
      if (!exchange.keep || !member.idle(next)) break;
    }
    channel.close();
  }

  Response answer(Request& request, Exchange& exchange) {
    if (auto refused = refuse(request, exchange)) return styled(*std::move(refused));
    return handler_(request);
  }

  std::optional<Response> refuse(Request& request, Exchange& exchange) {
    const bool keep = exchange.keep;
    if (has_body(request)) exchange.keep = false;
    const bool reads = options_.body_bytes > 0;
    const std::size_t most = reads ? options_.body_bytes : limits::kRequestBodyBytes;
    if (auto refused = refuse_framing(request, most)) return refused;
    if (auto refused = refuse_rate(*exchange.settings, std::chrono::steady_clock::now())) {
      return refused;
    }
    if (options_.authenticates) {
      if (auto refused = refuse_stranger(*exchange.settings, passwords_, request)) return refused;
    }
    auto verdict = options_.before_body ? options_.before_body(request) : HeadVerdict{};
    if (verdict.refused) return std::move(verdict.refused);
    auto& limit = verdict.proven ? limit_ : unproven_;
    if (auto refused = exchange.place.refuse(limit, exchange.member)) return refused;
    if (!reads) return std::nullopt;
    if (auto refused = take_body(request, exchange)) return refused;
    exchange.keep = keep;
    return std::nullopt;
  }

  std::optional<Response> take_body(Request& request, Exchange& exchange) const {
    const auto length = request.header("Content-Length");
    if (!length) {
      const bool wanted = request.method == "POST" || request.method == "PUT";
      if (!wanted) return std::nullopt;
      return plain_answer(411, "send a Content-Length");
    }
    const auto size = parse_number<std::size_t>(*length).value_or(0);
    if (exchange.expects && !exchange.channel.write(kContinue)) return plain_answer(408, "gone");
    if (exchange.channel.read_body(request.body, size, options_.patience.body)) {
      return std::nullopt;
    }
    return plain_answer(408, "the body did not come, or not in time");
  }

  // Gives a refusal the listener's look; its own headers stay.
  Response styled(Response refused) const {
    const auto* text = std::get_if<std::string>(&refused.body);
    if (!options_.refusal || text == nullptr ||
        refused.content_type.find("json") != std::string::npos) {
      return refused;
    }
    Response response = options_.refusal(refused.status, trim(*text));
    for (auto& header : refused.headers) response.headers.push_back(std::move(header));
    return response;
  }

  static TcpAddress bound(const ListenerOptions& options, const Socket& socket) {
    const auto* tcp = std::get_if<TcpAddress>(&options.address);
    return tcp == nullptr ? TcpAddress{} : TcpAddress{tcp->host, local_port(socket)};
  }

  // The file of a unix socket, by its number: another process may have put one of its own there.
  struct File {
    std::string path;
    ino_t number = 0;
  };
  static File file_of(const config::ListenAddress& address) {
    const auto* local = std::get_if<UnixAddress>(&address);
    struct stat status {};
    if (local == nullptr || ::lstat(local->path.c_str(), &status) != 0) return {};
    return {local->path, status.st_ino};
  }
  void remove_file() const {
    struct stat status {};
    const bool ours = !file_.path.empty() && ::lstat(file_.path.c_str(), &status) == 0 &&
                      status.st_ino == file_.number;
    if (ours) ::unlink(file_.path.c_str());
  }

  const ListenerOptions options_;
  const TcpAddress address_;
  const Handler handler_;
  Socket socket_;
  const Socket wake_;  // an eventfd: stop() was called
  const std::unique_ptr<WebSettingsSource> settings_;
  PasswordChecker passwords_;
  RequestLimit limit_;
  RequestLimit unproven_;
  const File file_;
  Protocol protocol_;
  Connections connections_;
  std::mutex stop_mutex_;
  std::thread acceptor_;  // last: it uses all the others
};

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const ListenerOptions& options, Handler handler) {
  auto settings = WebSettingsSource::open(options.web_config_file, options.on_problem);
  if (!settings) return tl::unexpected(settings.error());
  if (options.demands_tls && !(*settings)->current()->tls) {
    return fail(ErrorCode::invalid, "{}: there is no tls_server_config, and it is needed here",
                printable(options.web_config_file));
  }
  auto socket = std::visit(
      [&](const auto& address) {
        if constexpr (std::is_same_v<std::decay_t<decltype(address)>, UnixAddress>) {
          return listen_on(address, options.socket_mode);
        } else {
          return listen_on(address);
        }
      },
      options.address);
  if (!socket) return tl::unexpected(socket.error());
  Socket wake(::eventfd(0, EFD_CLOEXEC));
  if (!wake.is_open()) return fail(ErrorCode::internal, "cannot listen: no descriptors left");
  try {
    return std::make_unique<HttpListener>(options, std::move(handler), *std::move(socket),
                                          std::move(wake), *std::move(settings));
  } catch (const std::exception& e) {
    return fail(ErrorCode::internal, "cannot listen: {}", e.what());
  }
}

}  // namespace steward::http
