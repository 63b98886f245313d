#include "steward/http/channel.hpp"

#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "http/support.hpp"
#include "steward/base/limits.hpp"

using namespace steward;
using namespace steward::http;
using namespace steward::test;

namespace {

Patience impatient() {
  Patience patience;
  patience.request_head = 200ms;
  patience.write_stall = 200ms;
  patience.answer = 400ms;
  patience.linger = 200ms;
  return patience;
}

// A client and the channel that serves it.
struct Line {
  explicit Line(const Patience& patience = impatient())
      : listening(REQUIRE_OK(listen_on({"127.0.0.1", 0}))),
        client(local_port(listening)),
        channel(std::make_unique<Channel>(accept_from(listening), patience)) {}
  Socket listening;
  Client client;
  std::unique_ptr<Channel> channel;
};

std::string read_some(Channel& channel, std::size_t most = 4'096) {
  std::string text(most, '\0');
  const auto got = channel.read(text.data(), text.size());
  return got < 0 ? "broken" : text.substr(0, static_cast<std::size_t>(got));
}

auto elapsed_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::steady_clock::now() - begin;
}

}  // namespace

TEST_CASE("bytes come in as they were sent, in whatever pieces they are asked for") {
  Line line;
  line.client.send("hello");
  REQUIRE(line.channel->await_request(1s));
  CHECK(read_some(*line.channel, 2) == "he");
  CHECK(read_some(*line.channel, 1) == "l");
  CHECK(read_some(*line.channel) == "lo");
}

TEST_CASE("who wants to is told of each wait, and can end the connection by it") {
  struct Witness final : Waiting {
    void begins() override { ++begun; }
    bool ends() override { return !over; }
    int begun = 0;
    bool over = false;
  } witness;
  Line line;
  line.channel->tell(witness);
  line.client.send("one");
  REQUIRE(line.channel->await_request(1s));
  CHECK(witness.begun == 1);
  CHECK(read_some(*line.channel) == "one");
  CHECK(witness.begun == 1);  // it was there
  witness.over = true;
  line.client.send("two");
  CHECK_FALSE(line.channel->await_request(1s));
}

TEST_CASE("a body is taken as it comes") {
  Line line;
  line.client.send("x" + std::string(100'000, 'y'));
  REQUIRE(line.channel->await_request(1s));
  CHECK(read_some(*line.channel, 1) == "x");
  std::string body;
  CHECK(line.channel->read_body(body, 100'000, 5s));
  CHECK(body == std::string(100'000, 'y'));
  line.client.send("half");
  CHECK_FALSE(line.channel->read_body(body, limits::kControlBodyBytes, 100ms));
  CHECK(body.size() < 200'000);
}

TEST_CASE("a second request that came with the first is there at once") {
  Line line;
  line.client.send("onetwo");
  REQUIRE(line.channel->await_request(1s));
  CHECK(read_some(*line.channel, 3) == "one");
  REQUIRE(line.channel->await_request(0ms));
  CHECK(read_some(*line.channel) == "two");
}

TEST_CASE("a client that says nothing is not waited for longer than agreed") {
  Line line;
  CHECK_FALSE(line.channel->await_request(50ms));
}

TEST_CASE("a head that trickles in has one deadline in all") {
  Line line;
  const auto begin = std::chrono::steady_clock::now();
  line.client.send("x");
  REQUIRE(line.channel->await_request(1s));
  std::jthread slow([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      line.client.send("x");
      std::this_thread::sleep_for(20ms);
    }
  });
  while (read_some(*line.channel) != "broken") {
  }
  CHECK(elapsed_since(begin) < 1s);
}

TEST_CASE("a head has a size, to the byte") {
  Patience patience;
  Line line(patience);
  line.client.send(std::string(limits::kRequestHeadBytes + 1, 'x'));
  REQUIRE(line.channel->await_request(1s));
  std::size_t size = 0;
  std::string text;
  while ((text = read_some(*line.channel)) != "broken") size += text.size();
  CHECK(size == limits::kRequestHeadBytes);
}

TEST_CASE("a client that reads nothing is given up") {
  Line line;
  line.client.send("x");
  REQUIRE(line.channel->await_request(1s));
  const auto begin = std::chrono::steady_clock::now();
  const std::string block(1U << 20U, 'x');
  while (line.channel->write(block)) {
  }
  CHECK(elapsed_since(begin) < 2s);
}

TEST_CASE("a client that reads too slowly is given up in the end") {
  Line line;
  line.client.send("x");
  REQUIRE(line.channel->await_request(1s));
  const auto begin = std::chrono::steady_clock::now();
  std::jthread slow([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      (void)line.client.receive(10ms);
      std::this_thread::sleep_for(20ms);
    }
  });
  const std::string block(1U << 20U, 'x');
  while (line.channel->write(block)) {
  }
  CHECK(elapsed_since(begin) < 2s);
}

TEST_CASE("a closed client ends reading and writing") {
  auto line = std::make_unique<Line>();
  line->client.send("x");
  REQUIRE(line->channel->await_request(1s));
  CHECK(read_some(*line->channel) == "x");
  ::shutdown(line->client.descriptor(), SHUT_RDWR);
  CHECK(read_some(*line->channel).empty());
}

TEST_CASE("what was written arrives even if the client was still talking") {
  Line line;
  line.client.send(std::string(10'000, 'x'));
  REQUIRE(line.channel->await_request(1s));
  REQUIRE(line.channel->write("goodbye"));
  std::jthread closer([&] {
    line.channel->close();
    line.channel.reset();
  });
  std::this_thread::sleep_for(50ms);
  CHECK(line.client.drain() == "goodbye");
  CHECK_FALSE(line.client.was_reset());
}

TEST_CASE("abort is a reset that the client sees") {
  Line line;
  line.client.send("x");
  REQUIRE(line.channel->await_request(1s));
  CHECK(read_some(*line.channel) == "x");
  REQUIRE(line.channel->write("half"));
  line.channel->abort();
  line.channel.reset();
  std::this_thread::sleep_for(20ms);
  (void)line.client.drain();
  CHECK(line.client.was_reset());
}

TEST_CASE("a handshake that does not come has a deadline") {
  config::WebTls tls;
  const Identity server = make_identity("server");
  tls.cert.text = server.certificate;
  tls.key.text = server.key;
  Patience patience = impatient();
  patience.handshake = 100ms;
  Line line(patience);
  line.client.send("\x16");
  REQUIRE(line.channel->await_request(1s));
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(line.channel->handshake(REQUIRE_OK(TlsContext::make(tls))));
  CHECK(elapsed_since(begin) < 1s);
}
