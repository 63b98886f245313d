#include "steward/http/gate.hpp"

#include <catch2/catch_test_macros.hpp>

#include "http/support.hpp"
#include "steward/base/limits.hpp"

using namespace steward;
using namespace steward::http;

namespace {

Request make(const std::string& method, Fields headers = {}) {
  Request request;
  request.method = method;
  request.path = "/metrics";
  request.headers = std::move(headers);
  return request;
}

int status_of(const std::optional<Response>& response) { return response ? response->status : 0; }

}  // namespace

TEST_CASE("an ordinary request passes the framing") {
  CHECK(status_of(refuse_framing(make("GET", {{"Host", "x"}, {"Accept", "*/*"}}))) == 0);
  CHECK(status_of(refuse_framing(make("GET", {{"Content-Length", "0"}}))) == 0);
  CHECK(status_of(refuse_framing(make("POST", {{"Content-Length", "10"}}))) == 0);
}

TEST_CASE("what two servers could read differently is refused") {
  CHECK(status_of(refuse_framing(make("POST", {{"Transfer-Encoding", "chunked"}}))) == 411);
  CHECK(status_of(refuse_framing(make("GET", {{"transfer-encoding", "identity"}}))) == 411);
  CHECK(status_of(refuse_framing(
            make("POST", {{"Content-Length", "3"}, {"content-length", "3"}}))) == 400);
  CHECK(status_of(refuse_framing(make("GET", {{"Host", "a"}, {"Host", "b"}}))) == 400);
  for (const char* length : {"", "-1", "+1", "0x1", "1 ", "1,1", "99999999999999999999"}) {
    INFO(length);
    CHECK(status_of(refuse_framing(make("POST", {{"Content-Length", length}}))) == 400);
  }
}

TEST_CASE("a header with control characters is refused, encoded or not") {
  for (const char* value : {"a\r\nX: b", "a\nb", "\x7f", "\x01"}) {
    CHECK(status_of(refuse_framing(make("GET", {{"X-Thing", value}}))) == 400);
  }
  CHECK(status_of(refuse_framing(make("GET", {{"X-Thing", std::string("a\0b", 3)}}))) == 400);
  CHECK(status_of(refuse_framing(make("GET", {{"X-Thing", "tab\tand caf\xc3\xa9"}}))) == 0);
}

TEST_CASE("an answer without a request is whole") {
  const std::string text = bare_answer(come_back("full"));
  CHECK(text.starts_with("HTTP/1.1 503 \r\n"));
  const auto answer = test::parse(text);
  CHECK(answer.status == 503);
  CHECK(answer.whole);
  CHECK(answer.body == "full\n");
  CHECK(answer.has("Retry-After: 1"));
  CHECK(answer.has("Connection: close"));
}

TEST_CASE("bodies that nobody reads are refused") {
  CHECK(status_of(refuse_framing(make("GET", {{"Content-Length", "1"}}))) == 400);
  CHECK(status_of(refuse_framing(make("HEAD", {{"Content-Length", "1"}}))) == 400);
  CHECK(status_of(refuse_framing(make("POST", {{"Content-Encoding", "gzip"}}))) == 415);
  const auto sized = [](std::size_t size) {
    return make("POST", {{"Content-Length", std::to_string(size)}});
  };
  CHECK(status_of(refuse_framing(sized(limits::kRequestBodyBytes))) == 0);
  CHECK(status_of(refuse_framing(sized(limits::kRequestBodyBytes + 1))) == 413);
}

TEST_CASE("query parameters have a limit") {
  Request request = make("GET");
  request.query.resize(limits::kQueryParameters);
  CHECK(status_of(refuse_framing(request)) == 0);
  request.query.emplace_back();
  CHECK(status_of(refuse_framing(request)) == 400);
}

TEST_CASE("a request may have a body unless it surely has none") {
  CHECK_FALSE(has_body(make("GET")));
  CHECK_FALSE(has_body(make("HEAD", {{"Content-Length", "0"}})));
  CHECK(has_body(make("GET", {{"Content-Length", "1"}})));
  CHECK(has_body(make("GET", {{"Content-Length", ""}})));
  CHECK(has_body(make("GET", {{"Transfer-Encoding", "x"}})));
  CHECK(has_body(make("POST")));
}

TEST_CASE("without users nobody is asked who they are") {
  const WebSettings settings;
  PasswordChecker passwords;
  Request request = make("GET", {{"Authorization", "Basic broken"}});
  CHECK(status_of(refuse_stranger(settings, passwords, request)) == 0);
  CHECK(request.principal.empty());
}

TEST_CASE("with users a stranger gets 401 and a user a name") {
  WebSettings settings;
  settings.config.users = {{"alice", test::bcrypt("secret")}};
  PasswordChecker passwords;
  Request known = make("GET", {{"Authorization", "Basic YWxpY2U6c2VjcmV0"}});
  CHECK(status_of(refuse_stranger(settings, passwords, known)) == 0);
  CHECK(known.principal == "alice");
  for (const Fields& headers : {Fields{}, Fields{{"Authorization", "Basic YWxpY2U6eA=="}},
                                Fields{{"Authorization", "Bearer x"}}}) {
    Request stranger = make("GET", headers);
    const auto refused = refuse_stranger(settings, passwords, stranger);
    REQUIRE(refused);
    CHECK(refused->status == 401);
    CHECK(refused->headers == Fields{{"WWW-Authenticate", "Basic"}});
    CHECK(stranger.principal.empty());
  }
}

TEST_CASE("the rate limit is 429") {
  WebSettings settings;
  const TokenBucket::Time now{};
  CHECK(status_of(refuse_rate(settings, now)) == 0);
  settings.bucket =
      std::make_shared<TokenBucket>(config::RateLimit{std::chrono::seconds(1), 1}, now);
  CHECK(status_of(refuse_rate(settings, now)) == 0);
  CHECK(status_of(refuse_rate(settings, now)) == 429);
}
