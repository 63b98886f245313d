#include "steward/http/protocol.hpp"

#include <httplib.h>

#include <array>
#include <exception>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/http/gate.hpp"

namespace steward::http {
namespace {

// Our connection as the library reads and writes it. The channel does the waiting.
class ChannelStream final : public httplib::Stream {
 public:
  explicit ChannelStream(Channel& channel) : channel_(channel) {}

  bool is_readable() const override { return true; }
  bool wait_readable() const override { return true; }
  bool wait_writable() const override { return true; }
  ssize_t read(char* into, size_t size) override { return channel_.read(into, size); }
  ssize_t write(const char* bytes, size_t size) override {
    return channel_.write({bytes, size}) ? static_cast<ssize_t>(size) : -1;
  }
  void get_remote_ip_and_port(std::string& ip, int&) const override { ip = channel_.peer(); }
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return channel_.descriptor(); }
  time_t duration() const override { return 0; }

 private:
  Channel& channel_;
};

// Null for a request so broken that it never became one.
Exchange* exchange_of(const httplib::Request& request) {
  return request.ssl == nullptr ? nullptr : *static_cast<Exchange* const*>(request.ssl);
}

Request to_request(const httplib::Request& from, const Exchange& exchange) {
  Request request;
  request.method = from.method;
  request.path = from.path;
  request.query.assign(from.params.begin(), from.params.end());
  request.headers.assign(from.headers.begin(), from.headers.end());
  request.remote_address = exchange.peer;
  request.principal = exchange.client;
  request.certificate_sans = exchange.names;
  return request;
}

bool known_method(const std::string& method) {
  constexpr std::array<std::string_view, 9> kMethods{
      "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

// The library says 400 to a method it does not know.
bool unknown_method(const httplib::Request& request, int status) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return status == 400 && request.version.starts_with("HTTP/1.") && !request.method.empty() &&
         request.method.find_first_not_of(kLetters) == std::string::npos &&
         !known_method(request.method);
}

// A method the library does not know.
void correct_status(const httplib::Request& from, httplib::Response& to) {
  if (unknown_method(from, to.status)) {
    to.status = 405;
    to.set_header("Allow", "GET, HEAD");
  }
}

void finish_headers(const httplib::Request& from, httplib::Response& to) {
  Exchange* exchange = exchange_of(from);
  if (exchange != nullptr) exchange->keep = exchange->keep && to.status < 400;
  for (const char* name : {"Connection", "Keep-Alive", "Accept-Ranges"}) to.headers.erase(name);
  if (exchange == nullptr || !exchange->keep) to.set_header("Connection", "close");
  if (!to.has_header("X-Content-Type-Options")) to.set_header("X-Content-Type-Options", "nosniff");
}

std::string what_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an unknown exception";
  }
}

}  // namespace

class Protocol::Library final : public httplib::Server {
 public:
  Library(Answer answer, ProblemHook on_problem, RefusalStyle refusal)
      : answer_(std::move(answer)),
        on_problem_(std::move(on_problem)),
        refusal_(refusal ? std::move(refusal) : RefusalStyle(plain_answer)) {
    svr_sock_ = 0;  // without a socket the library cuts answers; we listen, and we stop
    set_payload_max_length(limits::kRequestBodyBytes);
    set_pre_routing_handler([this](const httplib::Request& from, httplib::Response& to) {
      respond(from, *exchange_of(from), to);
      return HandlerResponse::Handled;
    });
    set_exception_handler([this](const auto& from, auto& to, const std::exception_ptr& thrown) {
      report(from, thrown);
      refuse(500, "internal error", to);
    });
    // Requests the library refused by itself have a status only.
    set_error_handler(httplib::Server::Handler([this](const auto& from, auto& to) {
      if (exchange_of(from) != nullptr) return;
      correct_status(from, to);
      refuse(to.status, httplib::status_message(to.status), to);
    }));
    set_post_routing_handler(finish_headers);
  }

  bool exchange(Exchange& exchange) {
    ChannelStream stream(exchange.channel);
    Exchange* const current = &exchange;
    bool closed = false;
    const bool done =
        process_request(stream, exchange.peer, 0, {}, 0, false, closed, [&](auto& request) {
          request.ssl = &current;  // the one field for what belongs to the connection
          request.ranges.clear();  // a part of a page that changes is of no use
          request.headers.erase("Upgrade");
          exchange.expects = httplib::detail::case_ignore::equal(request.get_header_value("Expect"),
                                                                 "100-continue");
          request.headers.erase("Expect");  // the library would say 100 before anybody is asked
          request.body_consumed_ = true;    // it is not read; the connection is closed instead
          exchange.keep = !closed && !exchange.last;
        });
    exchange.keep = exchange.keep && done && !closed;
    return done;
  }

 private:
  void refuse(int status, std::string_view sentence, httplib::Response& to) const {
    Response response = refusal_(status, sentence);
    to.status = response.status;
    to.set_content(std::get<std::string>(std::move(response.body)), response.content_type);
  }

  void report(const httplib::Request& request, const std::exception_ptr& thrown) const {
    if (!on_problem_) return;
    on_problem_(Error{ErrorCode::internal, fmt::format("answering {} {}: {}", request.method,
                                                       printable(request.path), what_of(thrown))});
  }

  void respond(const httplib::Request& from, Exchange& exchange, httplib::Response& to) const {
    Request request = to_request(from, exchange);
    Response response = answer_(request, exchange);
    to.status = response.status;
    for (const auto& [name, value] : exchange.settings->config.headers) to.set_header(name, value);
    for (const auto& [name, value] : response.headers) to.set_header(name, value);
    if (auto* text = std::get_if<std::string>(&response.body)) {
      to.set_content(std::move(*text), response.content_type);
    } else {
      put_stream(std::get<BodyStream>(std::move(response.body)), response.content_type, from, to);
    }
  }

  void put_stream(BodyStream body, const std::string& type, const httplib::Request& from,
                  httplib::Response& to) const {
    auto provide = [this, body = std::move(body), &from](size_t, httplib::DataSink& sink) {
      const bool whole = write_body(body, from, sink);
      if (whole) sink.done();
      return whole;
    };
    Exchange& exchange = *exchange_of(from);
    exchange.visible_end = from.version != "HTTP/1.0";  // which has no chunks
    if (exchange.visible_end) {
      to.set_chunked_content_provider(type, std::move(provide));
    } else {
      exchange.keep = false;
      to.set_content_provider(type, std::move(provide));
    }
  }

  bool write_body(const BodyStream& body, const httplib::Request& from,
                  httplib::DataSink& sink) const {
    try {
      return body([&](std::string_view bytes) {
        return bytes.empty() || sink.write(bytes.data(), bytes.size());
      });
    } catch (...) {
      report(from, std::current_exception());
      return false;
    }
  }

  const Answer answer_;
  const ProblemHook on_problem_;
  const RefusalStyle refusal_;
};

Protocol::Protocol(Answer answer, ProblemHook on_problem, RefusalStyle refusal)
    : library_(std::make_unique<Library>(std::move(answer), std::move(on_problem),
                                         std::move(refusal))) {}

Protocol::~Protocol() = default;

bool Protocol::exchange(Exchange& exchange) { return library_->exchange(exchange); }

}  // namespace steward::http
