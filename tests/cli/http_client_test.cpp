#include "steward/cli/http_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <thread>

#include "steward/http/listener.hpp"
#include "support/require_ok.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::cli;
using namespace std::chrono_literals;
using steward::test::TempFolder;

namespace {

// Answers every request with what it was asked, as JSON.
http::Response echo(const http::Request& request) {
  Json json{{"method", request.method},
            {"path", request.path},
            {"authorization", request.header("Authorization").value_or("-")},
            {"type", request.header("Content-Type").value_or("-")},
            {"body", request.body}};
  for (const auto& [name, value] : request.query) json["query"][name] = value;
  if (request.path == "/slow") std::this_thread::sleep_for(400ms);
  http::Response response;
  response.content_type = "application/json";
  response.body = request.path == "/page" ? "<html>" : json.dump();
  if (request.path == "/moved") {
    response.status = 302;
    response.headers.emplace_back("Location", "/elsewhere");
  }
  return response;
}

// An answer that takes three seconds, though never long for its next byte.
http::Response drip(const http::Request&) {
  http::Response response;
  response.body = http::BodyStream([](const http::ByteSink& sink) {
    for (int i = 0; i < 60; ++i) {
      if (!sink(" ")) return false;
      std::this_thread::sleep_for(50ms);
    }
    return true;
  });
  return response;
}

std::unique_ptr<http::Listener> serve(const config::ListenAddress& address) {
  http::ListenerOptions options;
  options.address = address;
  options.body_bytes = 1'000;
  return REQUIRE_OK(http::Listener::open(options, echo));
}

std::string wrong_url(std::string_view text) {
  const auto url = parse_url(text);
  REQUIRE_FALSE(url);
  return url.error().message;
}

}  // namespace

TEST_CASE("a daemon is at http, https or a unix socket") {
  CHECK(REQUIRE_OK(parse_url("http://127.0.0.1:9180")) == Url{"", "127.0.0.1", 9180, false, ""});
  CHECK(REQUIRE_OK(parse_url("https://lb.example")) == Url{"", "lb.example", 443, true, ""});
  CHECK(REQUIRE_OK(parse_url("http://lb")) == Url{"", "lb", 80, false, ""});
  CHECK(REQUIRE_OK(parse_url("https://lb:1/a/b//")) == Url{"", "lb", 1, true, "/a/b"});
  CHECK(REQUIRE_OK(parse_url("http://[::1]:9180/")) == Url{"", "::1", 9180, false, ""});
  CHECK(REQUIRE_OK(parse_url("unix:/run/s.sock")) == Url{"/run/s.sock", "", 0, false, ""});
  CHECK(REQUIRE_OK(parse_url("unix:///run/s.sock")) == Url{"/run/s.sock", "", 0, false, ""});
  for (const char* text : {"http://[::1]:9180", "https://lb:1/a", "unix:/run/s.sock"}) {
    CHECK(to_string(REQUIRE_OK(parse_url(text))) == text);
  }
}

TEST_CASE("what is no place of a daemon is refused") {
  for (const char* text :
       {"", "lb:9180", "ftp://lb", "http://", "http://:80", "http://lb:0", "http://lb:99999",
        "http://lb:x", "http://[::1", "http://u:p@lb", "http://lb/?a=b", "http://lb#x", "unix:run",
        "unix:", "unix:/", "http://lb\r\nX: y", "http://l b"}) {
    CAPTURE(text);
    CHECK(wrong_url(text).find("is not http://host:port") != std::string::npos);
  }
}

TEST_CASE("a call goes out as it was asked for, and its answer comes back") {
  const auto listener = serve(TcpAddress{"127.0.0.1", 0});
  Url url{"", "127.0.0.1", listener->address().port, false, "/steward"};
  const auto client = http_client({url, "0123456789abcdef", "", 5s});
  const Reply got = REQUIRE_OK(client->call("POST", "/a%20b?x=1%262", {{"k", "\xC3\xA4"}}));
  CHECK(got.status == 200);
  CHECK(got.body["method"] == "POST");
  CHECK(got.body["path"] == "/steward/a b");
  CHECK(got.body["query"]["x"] == "1&2");
  CHECK(got.body["authorization"] == "Bearer 0123456789abcdef");
  CHECK(got.body["type"] == "application/json");
  CHECK(got.body["body"] == "{\"k\":\"\xC3\xA4\"}");
  const Reply bare = REQUIRE_OK(client->call("DELETE", "/x", nullptr));
  CHECK(bare.body["type"] == "-");
}

TEST_CASE("without a token none is sent, and a redirect is not followed") {
  const auto listener = serve(TcpAddress{"127.0.0.1", 0});
  const Url url{"", "127.0.0.1", listener->address().port, false, ""};
  const auto client = http_client({url, "", "", 5s});
  CHECK(REQUIRE_OK(client->call("GET", "/x", nullptr)).body["authorization"] == "-");
  CHECK(REQUIRE_OK(client->call("GET", "/moved", nullptr)).status == 302);
}

TEST_CASE("a daemon on a unix socket answers alike") {
  const TempFolder folder;
  const auto listener = serve(UnixAddress{folder.path("s.sock")});
  const auto client = http_client({{folder.path("s.sock"), "", 0, false, ""}, "", "", 5s});
  CHECK(REQUIRE_OK(client->call("GET", "/x", nullptr)).body["path"] == "/x");
}

TEST_CASE("a page that is no JSON is told from a steward") {
  const auto listener = serve(TcpAddress{"127.0.0.1", 0});
  const auto client =
      http_client({{"", "127.0.0.1", listener->address().port, false, ""}, "", "", 5s});
  const auto got = client->call("GET", "/page", nullptr);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == ErrorCode::malformed);
}

TEST_CASE("nobody there is one clear sentence, and nobody in time another") {
  const TempFolder folder;
  const auto nobody = http_client({{folder.path("none"), "", 0, false, ""}, "", "", 1s});
  const auto gone = nobody->call("GET", "/x", nullptr);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == ErrorCode::unreachable);
  CHECK(gone.error().message.find("cannot be reached") != std::string::npos);
  CHECK(gone.error().message.find("none") != std::string::npos);

  const auto listener = serve(TcpAddress{"127.0.0.1", 0});
  const auto slow =
      http_client({{"", "127.0.0.1", listener->address().port, false, ""}, "", "", 100ms});
  const auto late = slow->call("GET", "/slow", nullptr);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::timed_out);
}

TEST_CASE("an answer that comes byte by byte is given up when its time is over") {
  http::ListenerOptions options;
  options.address = TcpAddress{"127.0.0.1", 0};
  const auto listener = REQUIRE_OK(http::Listener::open(options, drip));
  const auto client =
      http_client({{"", "127.0.0.1", listener->address().port, false, ""}, "", "", 300ms});
  const auto got = client->call("GET", "/x", nullptr);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == ErrorCode::timed_out);
}

TEST_CASE("a call under way can be broken off") {
  const auto listener = serve(TcpAddress{"127.0.0.1", 0});
  const auto client =
      http_client({{"", "127.0.0.1", listener->address().port, false, ""}, "", "", 5s});
  client->interrupt();  // nothing is under way: nothing happens
  std::thread breaker([&client] {
    std::this_thread::sleep_for(100ms);
    client->interrupt();
  });
  const auto began = std::chrono::steady_clock::now();
  const auto got = client->call("GET", "/slow", nullptr);
  const auto took = std::chrono::steady_clock::now() - began;
  breaker.join();
  CHECK_FALSE(got);
  CHECK(took < 350ms);
  CHECK(client->call("GET", "/x", nullptr));  // the next one is not
}
