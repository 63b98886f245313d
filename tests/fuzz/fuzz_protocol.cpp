// Bytes of a client on a connection: each is answered, or the connection ends. What comes back is
// whole answers in HTTP/1.1 with a status we know, and headers in which nothing of the request can
// make another header. What the handler sees is within the limits.
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "require.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/http/gate.hpp"
#include "steward/http/protocol.hpp"

using namespace steward;
using namespace steward::http;
using steward::fuzz::require;

namespace {

Response answer(const Request& request, Exchange& exchange) {
  if (has_body(request)) exchange.keep = false;
  std::size_t bytes = request.method.size() + request.path.size();
  for (const auto& [name, value] : request.headers) bytes += name.size() + value.size();
  require(bytes <= 2 * limits::kRequestHeadBytes);
  require(request.remote_address == "peer" && request.body.empty());
  if (auto refused = refuse_framing(request)) return *std::move(refused);
  Response response;
  response.headers.emplace_back("X-Echo", printable(request.path));
  response.body = "seen\n";
  if (request.method == "POST") {
    response.body = BodyStream([](const ByteSink& sink) { return sink("a") && sink("b"); });
  }
  return response;
}

const std::shared_ptr<const WebSettings>& settings() {
  static const auto made = std::make_shared<const WebSettings>();
  return made;
}

std::string read_all(int descriptor) {
  std::string all;
  char buffer[4'096];
  for (ssize_t got = 0; (got = ::recv(descriptor, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;) {
    all.append(buffer, static_cast<std::size_t>(got));
  }
  return all;
}

// The headers of one answer; what follows them is left in `text`.
void check_head(std::string_view& text) {
  require(text.starts_with("HTTP/1.1 "));
  const auto status = parse_number<int>(text.substr(9, 3));
  constexpr int kKnown[] = {100, 200, 400, 403, 405, 411, 413, 414, 416, 417, 431, 500, 501, 505};
  require(status && std::ranges::find(kKnown, *status) != std::end(kKnown));
  const auto end = text.find("\r\n\r\n");
  require(end != text.npos);
  for (std::string_view line : split(text.substr(0, end), '\n')) {
    line = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
    constexpr std::string_view kOurs[] = {"HTTP/1.1 ",        "X-Echo: ",
                                          "Content-Length: ", "Content-Type: ",
                                          "Connection: ",     "Transfer-Encoding: ",
                                          "Allow: ",          "X-Content-Type-Options: "};
    require(std::ranges::any_of(kOurs, [&](auto ours) { return line.starts_with(ours); }));
    require(line.find('\r') == line.npos && line.find('\0') == line.npos);
  }
  text.remove_prefix(end + 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Connections connections(1);
  static Protocol protocol(answer, [](const Error&) { std::abort(); });
  int pair[2];
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
  const Socket client(pair[0]);
  Channel channel(Socket(pair[1]), Patience{});
  Connections::Member member(connections, channel.descriptor(), "peer");
  size = std::min<std::size_t>(size, 100'000);
  require(::send(client.get(), data, size, 0) == static_cast<ssize_t>(size));
  ::shutdown(client.get(), SHUT_WR);
  for (int requests = 0; requests < 20; ++requests) {
    if (!channel.await_request(std::chrono::seconds(5))) break;
    Exchange exchange{channel, member, settings(), "peer", "", {}};
    if (!protocol.exchange(exchange) || !exchange.keep) break;
  }
  const std::string all = read_all(client.get());
  std::string_view text = all;
  if (!text.empty()) check_head(text);
  return 0;
}
