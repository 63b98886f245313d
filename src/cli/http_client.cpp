#include "steward/cli/http_client.hpp"

#include <httplib.h>

#include <csignal>
#include <ctime>
#include <mutex>
#include <utility>

#include "steward/base/address.hpp"
#include "steward/base/text.hpp"

namespace steward::cli {
namespace {

constexpr std::size_t kReplyBytes = 256U << 20U;  // the servers of a very large HAProxy

// The library writes to connections that may be gone: that is an error here, not a signal.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec now{};
    while (sigtimedwait(&pipe_, nullptr, &now) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_{}, before_{};
};

tl::unexpected<Error> no_answer(const HttpOptions& options, httplib::Error error) {
  const std::string where = to_string(options.url);
  using Kind = httplib::Error;
  switch (error) {
    case Kind::Connection:
      return fail(ErrorCode::unreachable,
                  "the daemon at {} cannot be reached; does it run, and is that its control "
                  "listener (--url)?",
                  where);
    case Kind::ConnectionTimeout:
    case Kind::Timeout:
      return fail(ErrorCode::timed_out, "the daemon at {} did not answer in time", where);
    case Kind::Read:
      return fail(ErrorCode::unreachable, "the daemon at {} did not answer, or not in time", where);
    case Kind::SSLConnection:
      return fail(ErrorCode::unreachable, "the daemon at {} does not speak TLS as we do", where);
    case Kind::SSLLoadingCerts:
      return fail(ErrorCode::unreachable, "the certificates in {} cannot be loaded",
                  options.cacert.empty() ? "the system's store" : options.cacert);
    case Kind::SSLServerVerification:
    case Kind::SSLServerHostnameVerification:
      return fail(ErrorCode::unreachable,
                  "the certificate of {} is not trusted ({}); name its issuer with --cacert", where,
                  httplib::to_string(error));
    default:
      return fail(ErrorCode::unreachable, "the daemon at {}: {}", where, httplib::to_string(error));
  }
}

class HttpClient final : public Client {
 public:
  explicit HttpClient(HttpOptions options) : options_(std::move(options)) {}

  Result<Reply> call(const std::string& method, const std::string& target,
                     const Json& body) override {
    const WithoutSigpipe guard;
    const auto library = connection();
    httplib::Request request;
    request.method = method;
    request.path = options_.url.prefix + target;
    request.set_header("Accept", "application/json");
    if (!options_.token.empty()) request.set_header("Authorization", "Bearer " + options_.token);
    if (!body.is_null()) {
      request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
      request.set_header("Content-Type", "application/json");
    }
    const auto began = std::chrono::steady_clock::now();
    request.start_time_ = began;  // send() leaves it unset, and set_max_timeout() counts from it
    const httplib::Result result = send(library, request);
    if (!result) {
      const bool late = std::chrono::steady_clock::now() - began >= options_.timeout;
      const auto error =
          late && result.error() == httplib::Error::Read ? httplib::Error::Timeout : result.error();
      return no_answer(options_, error);
    }
    return reply_of(*result);
  }

  void interrupt() override {
    const std::lock_guard lock(mutex_);
    if (current_) current_->stop();
  }

 private:
  using Library = std::shared_ptr<httplib::ClientImpl>;

  [[nodiscard]] Library made() const {
    const Url& url = options_.url;
    if (!url.unix_path.empty()) {
      auto client = std::make_shared<httplib::ClientImpl>(url.unix_path, 80);
      client->set_address_family(AF_UNIX);
      return client;
    }
    if (!url.tls) return std::make_shared<httplib::ClientImpl>(url.host, url.port);
    auto client = std::make_shared<httplib::SSLClient>(url.host, url.port);
    if (!options_.cacert.empty()) client->set_ca_cert_path(options_.cacert);
    client->enable_server_certificate_verification(true);
    return client;
  }

  [[nodiscard]] Library connection() const {
    Library client = made();
    client->set_connection_timeout(options_.timeout);
    client->set_read_timeout(options_.timeout);
    client->set_write_timeout(options_.timeout);
    client->set_max_timeout(options_.timeout);
    client->set_payload_max_length(kReplyBytes);
    client->set_path_encode(false);  // it is
    client->set_keep_alive(false);
    return client;
  }

  httplib::Result send(const Library& library, const httplib::Request& request) {
    {
      const std::lock_guard lock(mutex_);
      current_ = library;
    }
    auto result = library->send(request);
    const std::lock_guard lock(mutex_);
    current_.reset();
    return result;
  }

  [[nodiscard]] Result<Reply> reply_of(const httplib::Response& response) const {
    Reply reply{response.status, Json::parse(response.body, nullptr, false)};
    if (!reply.body.is_discarded()) return reply;
    reply.body = nullptr;
    if (response.body.empty() || response.status >= 400) return reply;
    return fail(ErrorCode::malformed,
                "{} did not answer with JSON; is it a steward's control "
                "listener?",
                to_string(options_.url));
  }

  const HttpOptions options_;
  std::mutex mutex_;  // guards what follows
  Library current_;
};

Result<int> port_of(std::string_view text, bool tls) {
  if (text.empty()) return tls ? 443 : 80;
  const auto port = parse_number<int>(text.substr(1));
  if (text.front() == ':' && port && *port > 0 && *port < 65'536) return *port;
  return fail(ErrorCode::invalid, "'{}' is not a port", printable(text));
}

// "host", "host:port", "[::1]:port".
Result<Url> parse_authority(std::string_view text, Url url) {
  const bool bracket = text.starts_with('[');
  const std::size_t end = bracket ? text.find(']') : text.find(':');
  if (bracket && end == std::string_view::npos) {
    return fail(ErrorCode::invalid, "'{}' has no ']'", printable(text));
  }
  url.host = text.substr(bracket ? 1 : 0, bracket ? end - 1 : end);
  const std::size_t rest = end == std::string_view::npos ? text.size() : bracket ? end + 1 : end;
  const auto port = port_of(text.substr(rest), url.tls);
  if (!port) return tl::unexpected(port.error());
  url.port = *port;
  return url;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const auto wrong = [text] {
    return fail(ErrorCode::invalid, "'{}' is not http://host:port, https://host:port or unix:/path",
                printable(text));
  };
  Url url;
  const bool plain =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
  if (text.starts_with("unix:/")) {
    url.unix_path = text.substr(5);
    while (url.unix_path.starts_with("//")) url.unix_path.erase(0, 1);
    if (url.unix_path.size() < 2) return wrong();
    return url;
  }
  url.tls = text.starts_with("https://");
  if (!plain || (!url.tls && !text.starts_with("http://"))) return wrong();
  text.remove_prefix(url.tls ? 8 : 7);
  const std::size_t slash = std::min(text.find('/'), text.size());
  url.prefix = text.substr(slash);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  if (text.find_first_of("@?#") != std::string_view::npos || slash == 0) return wrong();
  auto parsed = parse_authority(text.substr(0, slash), url);
  if (!parsed || parsed->host.empty()) return wrong();
  return parsed;
}

std::string to_string(const Url& url) {
  if (!url.unix_path.empty()) return "unix:" + url.unix_path;
  const auto port = static_cast<std::uint32_t>(url.port);
  return fmt::format("{}://{}{}", url.tls ? "https" : "http", host_port(url.host, port),
                     url.prefix);
}

std::unique_ptr<Client> http_client(HttpOptions options) {
  return std::make_unique<HttpClient>(std::move(options));
}

}  // namespace steward::cli
