#include "steward/http/gate.hpp"

#include <algorithm>
#include <string>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::http {
namespace {

// cpp-httplib before 0.44 decodes %0d%0a in values, after it has looked for such.
bool has_controls(const std::pair<std::string, std::string>& header) {
  return std::ranges::any_of(header.second, [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  });
}

std::optional<Response> refuse_length(const Request& request, std::size_t most) {
  const auto text = request.header("Content-Length");
  if (!text) return std::nullopt;
  const auto length = parse_number<std::uint64_t>(*text);
  if (!length) return plain_answer(400, "Content-Length is not a number");
  if (*length > 0 && reads_only(request)) {
    return plain_answer(400, fmt::format("a {} request has no body", request.method));
  }
  if (*length > most) {
    return plain_answer(413, fmt::format("the body is larger than {} bytes", most));
  }
  return std::nullopt;
}

Response ask_for_password() {
  Response response = plain_answer(401, "Unauthorized");
  response.headers.emplace_back("WWW-Authenticate", "Basic");
  return response;
}

}  // namespace

Response plain_answer(int status, std::string_view text) {
  Response response;
  response.status = status;
  response.body = std::string(text) + "\n";
  return response;
}

Response come_back(std::string_view text) {
  Response response = plain_answer(503, text);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

std::string bare_answer(const Response& response) {
  const auto& body = std::get<std::string>(response.body);
  // The reason may be empty, not the space before it (RFC 9112, 4).
  std::string text = fmt::format("HTTP/1.1 {} \r\nContent-Type: {}\r\nContent-Length: {}\r\n",
                                 response.status, response.content_type, body.size());
  for (const auto& [name, value] : response.headers) text += fmt::format("{}: {}\r\n", name, value);
  return text + "Connection: close\r\n\r\n" + body;
}

std::optional<Response> refuse_framing(const Request& request, std::size_t body_bytes) {
  if (request.header("Transfer-Encoding")) {
    return plain_answer(411, "send a Content-Length instead of a Transfer-Encoding");
  }
  if (std::ranges::any_of(request.headers, has_controls)) {
    return plain_answer(400, "a header with control characters");
  }
  if (request.count("Content-Length") > 1) return plain_answer(400, "more than one Content-Length");
  if (request.count("Host") > 1) return plain_answer(400, "more than one Host");
  if (auto refused = refuse_length(request, body_bytes)) return refused;
  if (request.header("Content-Encoding")) {
    return plain_answer(415, "send the body without a Content-Encoding");
  }
  if (request.query.size() > limits::kQueryParameters) {
    return plain_answer(400,
                        fmt::format("more than {} query parameters", limits::kQueryParameters));
  }
  return std::nullopt;
}

bool reads_only(const Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

bool has_body(const Request& request) {
  return !reads_only(request) || request.header("Transfer-Encoding") ||
         request.header("Content-Length").value_or("0") != "0";
}

std::optional<Response> refuse_rate(const WebSettings& settings, TokenBucket::Time now) {
  if (!settings.bucket || settings.bucket->take(now)) return std::nullopt;
  return plain_answer(429, "Too Many Requests");
}

std::optional<Response> refuse_stranger(const WebSettings& settings, PasswordChecker& passwords,
                                        Request& request) {
  if (settings.config.users.empty()) return std::nullopt;
  const auto header = request.header("Authorization");
  auto login = header ? parse_basic(*header) : std::nullopt;
  if (!login) return ask_for_password();
  switch (passwords.check(settings.config.users, *login)) {
    case Verdict::granted:
      request.principal = std::move(login->user);
      return std::nullopt;
    case Verdict::busy:
      return come_back("too many passwords to check at once");
    case Verdict::denied:
      break;
  }
  return ask_for_password();
}

}  // namespace steward::http
