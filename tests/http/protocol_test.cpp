#include "steward/http/protocol.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <mutex>
#include <stdexcept>

#include "http/support.hpp"
#include "steward/base/limits.hpp"
#include "steward/http/gate.hpp"

using namespace steward;
using namespace steward::http;
using namespace steward::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> described(const Request& request) {
  std::vector<std::string> out{request.method, request.path};
  for (const auto& [name, value] : request.query) out.push_back(name + "=" + value);
  return out;
}

// A listener that keeps the last request it was asked and the problems it told of.
class Server {
 public:
  explicit Server(Handler handler) : handler_(std::move(handler)) {
    ListenerOptions options;
    options.address = TcpAddress{"127.0.0.1", 0};
    options.patience.request_head = 300ms;
    options.patience.linger = 200ms;
    options.on_problem = [this](const Error& error) {
      const std::lock_guard lock(mutex_);
      problems_.push_back(error.message);
    };
    listener_ = REQUIRE_OK(Listener::open(options, [this](const Request& request) {
      {
        const std::lock_guard lock(mutex_);
        last_ = request;
        ++asked_;
      }
      return handler_(request);
    }));
  }

  [[nodiscard]] std::uint16_t port() const { return listener_->address().port; }
  Request last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::vector<std::string> problems() {
    listener_->stop();
    return problems_;
  }

 private:
  Handler handler_;
  std::mutex mutex_;
  Request last_;
  int asked_ = 0;
  std::vector<std::string> problems_;
  std::unique_ptr<Listener> listener_;
};

Response greeting(const Request&) {
  Response response;
  response.body = "hello\n";
  return response;
}

Response stream_of(const std::vector<std::string>& parts, bool whole = true) {
  Response response;
  response.body = BodyStream([parts, whole](const ByteSink& out) {
    for (const auto& part : parts) {
      if (!out(part)) return false;
    }
    return whole;
  });
  return response;
}

}  // namespace

TEST_CASE("a request arrives decoded, with the peer's own address") {
  Server server(greeting);
  const Answer answer = ask(server.port(),
                            "GET /pro%62e%20x?target=a%26b&proxy=w+eb&proxy=two&empty HTTP/1.1\r\n"
                            "Host: x\r\nX-Thing: Value \r\nConnection: close\r\n\r\n");
  CHECK(answer.status == 200);
  CHECK(answer.body == "hello\n");
  CHECK(answer.has("Content-Type: text/plain; charset=utf-8"));
  CHECK(answer.has("X-Content-Type-Options: nosniff"));
  const Request request = server.last();
  CHECK(described(request).at(1) == "/probe x");
  CHECK(std::ranges::count(request.query, std::pair<std::string, std::string>("target", "a&b")) ==
        1);
  CHECK(std::ranges::count(request.query, std::pair<std::string, std::string>("proxy", "w eb")) ==
        1);
  CHECK(std::ranges::count(request.query, std::pair<std::string, std::string>("proxy", "two")) ==
        1);
  CHECK(request.header("x-thing") == "Value");
  CHECK(request.remote_address == "127.0.0.1");
  CHECK(request.principal.empty());
}

TEST_CASE("no header can say who the peer is") {
  Server server(greeting);
  const Answer answer =
      ask(server.port(), get("/",
                             "REMOTE_ADDR: 10.0.0.1\r\nX-Forwarded-For: 10.0.0.2\r\n"
                             "Forwarded: for=10.0.0.3\r\nREMOTE_PORT: 1\r\n"));
  CHECK((answer.status == 200 || answer.status == 400));
  CHECK((answer.status == 400 || server.last().remote_address == "127.0.0.1"));
  CHECK(server.last().principal.empty());
}

TEST_CASE("a connection is kept and carries request after request") {
  Server server(greeting);
  Client client(server.port());
  for (int i = 0; i < 5; ++i) {
    REQUIRE(client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    const Answer answer = client.answer();
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.has("Connection: close"));
  }
  CHECK(server.asked() == 5);
}

TEST_CASE("requests sent in one piece are all answered") {
  Server server(greeting);
  Client client(server.port());
  client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n" + get("/3"));
  for (int i = 0; i < 3; ++i) CHECK(client.answer().status == 200);
  CHECK(server.last().path == "/3");
  CHECK(client.closed_within(1s));
}

TEST_CASE("a stream is sent in chunks") {
  Server server([](const Request&) {
    return stream_of({"one ", "", "two ", std::string(300'000, 'x')});
  });
  const Answer answer = ask(server.port(), get("/"));
  CHECK(answer.has("Transfer-Encoding: chunked"));
  CHECK(answer.whole);
  CHECK(answer.body == "one two " + std::string(300'000, 'x'));
}

TEST_CASE("an empty stream and an empty text are whole answers") {
  Server streams([](const Request&) { return stream_of({}); });
  CHECK(ask(streams.port(), get("/")).whole);
  Server texts([](const Request&) { return Response{}; });
  const Answer answer = ask(texts.port(), get("/"));
  CHECK(answer.whole);
  CHECK(answer.has("Content-Length: 0"));
}

TEST_CASE("a stream that fails is a transfer cut short") {
  Server server([](const Request&) { return stream_of({"half a page"}, false); });
  const Answer answer = ask(server.port(), get("/"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "half a page");
  CHECK_FALSE(answer.whole);
}

TEST_CASE("a stream that throws is cut as well, and told about") {
  Server server([](const Request&) {
    Response response;
    response.body = BodyStream([](const ByteSink& out) -> bool {
      out("half");
      throw std::runtime_error("no more");
    });
    return response;
  });
  CHECK_FALSE(ask(server.port(), get("/page")).whole);
  CHECK(server.problems() == std::vector<std::string>{"answering GET /page: no more"});
}

TEST_CASE("a stream learns that its client has gone") {
  std::atomic<bool> told{false};
  {
    Server server([&](const Request&) {
      Response response;
      response.body = BodyStream([&](const ByteSink& out) {
        const std::string block(100'000, 'x');
        for (int i = 0; i < 1'000; ++i) {
          if (!out(block)) return !(told = true);
        }
        return true;
      });
      return response;
    });
    Client client(server.port());
    client.send(get("/"));
    REQUIRE_FALSE(client.receive().empty());
  }
  CHECK(told);
}

TEST_CASE("HTTP/1.0 gets its stream without chunks, and a reset if it is cut") {
  Server whole([](const Request&) { return stream_of({"one ", "two"}); });
  const Answer answer = ask(whole.port(), "GET / HTTP/1.0\r\n\r\n");
  CHECK(answer.status == 200);
  CHECK(answer.body == "one two");
  CHECK(answer.head.find("Transfer-Encoding") == std::string::npos);
  CHECK(answer.has("Connection: close"));

  Server cut([](const Request&) { return stream_of({"one "}, false); });
  Client client(cut.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  (void)client.drain();
  CHECK(client.was_reset());
}

TEST_CASE("HEAD has the head of GET and no body is made for it") {
  std::atomic<int> made{0};
  Server server([&](const Request& request) {
    Response response = greeting(request);
    if (request.path == "/stream") {
      response.body = BodyStream([&](const ByteSink&) { return ++made > 0; });
    }
    return response;
  });
  Client client(server.port());
  client.send("HEAD /text HTTP/1.1\r\nHost: x\r\n\r\n");
  Answer answer = client.answer(true);
  CHECK(answer.status == 200);
  CHECK(answer.has("Content-Length: 6"));
  CHECK(answer.rest.empty());
  client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  answer = client.answer(true);
  CHECK(answer.has("Transfer-Encoding: chunked"));
  client.send(get("/text"));  // nothing of a body was left between
  CHECK(client.answer().body == "hello\n");
  CHECK(made == 0);
}

TEST_CASE("an exception is a plain 500 that gives nothing away") {
  Server server([](const Request&) -> Response { throw std::runtime_error("secret detail"); });
  const Answer answer = ask(server.port(), get("/page"));
  CHECK(answer.status == 500);
  CHECK(answer.body == "internal error\n");
  CHECK(answer.head.find("secret") == std::string::npos);
  CHECK(server.problems() == std::vector<std::string>{"answering GET /page: secret detail"});
}

TEST_CASE("what is thrown need not be an exception") {
  Server server([](const Request&) -> Response { throw 1; });
  CHECK(ask(server.port(), get("/")).status == 500);
}

TEST_CASE("methods nobody knows are 405, known ones are the handler's business") {
  Server server(greeting);
  CHECK(ask(server.port(), "BREW / HTTP/1.1\r\nHost: x\r\n\r\n").status == 405);
  CHECK(ask(server.port(), "BREW / HTTP/1.1\r\nHost: x\r\n\r\n").has("Allow: GET, HEAD"));
  CHECK(server.asked() == 0);
  CHECK(ask(server.port(), "DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n").status == 200);
  CHECK(server.last().method == "DELETE");
}

TEST_CASE("what is not HTTP is 400 and the connection ends") {
  Server server(greeting);
  for (const std::string text :
       {"nonsense\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1 x\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nBad Name: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"}) {
    INFO(text);
    Client client(server.port());
    client.send(text);
    const Answer answer = parse(client.drain());
    CHECK(answer.status == 400);
    CHECK(answer.body == "Bad Request\n");
    CHECK(answer.has("Connection: close"));
  }
  CHECK(server.asked() == 0);
}

TEST_CASE("heads that are too long in any way are refused") {
  Server server(greeting);
  const std::string kilobyte(1'024, 'x');
  std::string long_target = "/";
  for (int i = 0; i < 9; ++i) long_target += kilobyte;
  CHECK(ask(server.port(), get(long_target)).status == 414);
  std::string long_header = "X-Long: ";
  for (int i = 0; i < 9; ++i) long_header += kilobyte;
  CHECK(ask(server.port(), get("/", long_header + "\r\n")).status == 400);
  std::string many;
  for (int i = 0; i < 200; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(ask(server.port(), get("/", many)).status == 400);
  std::string endless;
  for (int i = 0; i < 40; ++i) endless += "X-" + std::to_string(i) + ": " + kilobyte + "\r\n";
  CHECK(ask(server.port(), get("/", endless)).status == 400);
  CHECK(ask(server.port(),
            get("/", "X-Many: " + std::string(limits::kRequestHeadBytes, 'y') + "\r\n"))
            .status == 400);
  CHECK(server.asked() == 0);
}

TEST_CASE("a response header cannot be split by what a handler puts in") {
  Server server([](const Request&) {
    Response response;
    response.headers = {{"X-Good", "fine"}, {"X-Bad", "a\r\nSet-Cookie: evil"}, {"X\r\nEvil", "b"}};
    response.body = "ok";
    return response;
  });
  const Answer answer = ask(server.port(), get("/"));
  CHECK(answer.has("X-Good: fine"));
  CHECK(answer.head.find("evil") == std::string::npos);
  CHECK(answer.head.find("Evil") == std::string::npos);
}

TEST_CASE("a header's encoded line break stays out of what is answered") {
  Server server([](const Request& request) {
    Response response;
    response.headers = {{"X-Echo", std::string(request.header("X-In").value_or(""))}};
    return response;
  });
  const Answer answer = ask(server.port(), get("/", "X-In: a%0d%0aSet-Cookie: evil\r\n"));
  CHECK(answer.head.find("\r\nSet-Cookie") == std::string::npos);
}

TEST_CASE("a body cannot smuggle a second request") {
  Server server(greeting);
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
  const std::vector<std::pair<std::string, int>> requests{
      {"GET /open HTTP/1.1\r\nHost: x\r\n" + length + "\r\n" + hidden, 400},
      {"HEAD /open HTTP/1.1\r\nHost: x\r\n" + length + "\r\n" + hidden, 400},
      {"POST /open HTTP/1.1\r\nHost: x\r\n" + length + "\r\n" + hidden, 200},
      {"POST /open HTTP/1.1\r\nHost: x\r\n\r\n" + hidden, 200},
      {"GET /open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
       411},
      {"POST /open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
       411},
      {"POST /open HTTP/1.1\r\nHost: x\r\n" + length +
           "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
       400},
      {"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello" +
           hidden,
       400},
      {"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello" +
           hidden,
       400},
      {"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n" + hidden, 400},
      {"POST /open HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n" + length + "\r\n" + hidden,
       415},
      {"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" + hidden, 413},
  };
  for (const auto& [text, status] : requests) {
    INFO(text);
    Client client(server.port());
    client.send(text);
    const std::string all = client.drain();
    const Answer answer = parse(all, text.starts_with("HEAD"));
    CHECK(answer.status == status);
    CHECK(answer.has("Connection: close"));
    CHECK(all.find("HTTP/1.1 ", 1) == std::string::npos);
    CHECK(server.last().path != "/hidden");
  }
}

TEST_CASE("an announced body that never comes delays nothing") {
  Server server(greeting);
  Client client(server.port());
  const auto begin = std::chrono::steady_clock::now();
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
  CHECK(client.answer().status == 200);
  CHECK(std::chrono::steady_clock::now() - begin < 200ms);
  CHECK(client.closed_within(2s));
}

TEST_CASE("Range and Upgrade are ignored") {
  Server server(greeting);
  Answer answer = ask(server.port(), get("/", "Range: bytes=0-1\r\n"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "hello\n");
  answer = ask(server.port(),
               "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
                   get("/"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "hello\n");
}

TEST_CASE("a refusal closes the connection after it was read") {
  Server server([](const Request&) { return plain_answer(404, "not here"); });
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.answer().status == 404);
  CHECK(client.closed_within(1s));
}
