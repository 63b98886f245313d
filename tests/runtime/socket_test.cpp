#include "steward/runtime/socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <string>
#include <thread>

#include "support/require_ok.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::runtime;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

// A unix socket in a folder of its own, and somebody who answers one connection.
class Peer {
 public:
  using Serve = std::function<void(int fd)>;

  explicit Peer(Serve serve, int backlog = 8) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path_.copy(name.sun_path, sizeof name.sun_path - 1);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
    REQUIRE(::listen(listener_, backlog) == 0);
    thread_ = std::thread([this, serve = std::move(serve)] {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      serve(fd);
      ::close(fd);
    });
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] SocketClient client(const Interrupt* interrupt = nullptr) const {
    return SocketClient(UnixAddress{path_}, interrupt);
  }

 private:
  test::TempFolder folder_;
  std::string path_ = folder_.path("s");
  int listener_;
  std::thread thread_;
};

std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (::read(fd, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

void say(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

Result<std::string> ask_soon(RuntimeSocket& socket, std::string_view line,
                             std::chrono::milliseconds time = 2s) {
  return ask(socket, line, steady_clock::now() + time);
}

}  // namespace

TEST_CASE("a line is sent as it is and the answer read to its end") {
  std::string heard;
  std::string answer;
  {
    Peer peer([&](int fd) {
      heard = read_line(fd);
      say(fd, "first\n");
      std::this_thread::sleep_for(20ms);
      say(fd, "second\n\n");
    });
    SocketClient client = peer.client();
    answer = REQUIRE_OK(ask_soon(client, "show info"));
  }
  CHECK(heard == "show info");
  CHECK(answer == "first\nsecond\n\n");
}

TEST_CASE("an answer of several megabytes comes whole, also when read slowly") {
  const std::string large(3'000'000, 'x');
  Peer peer([&](int fd) {
    read_line(fd);
    say(fd, large);
  });
  SocketClient client = peer.client();
  std::size_t most = 0, total = 0;
  REQUIRE(client.converse("show stat", {65'536, 10us}, steady_clock::now() + 10s,
                          [&](std::string_view bytes) -> Result<void> {
                            most = std::max(most, bytes.size());
                            total += bytes.size();
                            return {};
                          }));
  CHECK(total == large.size());
  CHECK(most <= 65'536);
}

TEST_CASE("a socket that is not there says where and why") {
  SocketClient client(UnixAddress{"/nonexistent/admin.sock"});
  const auto answer = ask_soon(client, "show info");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::unreachable);
  CHECK(answer.error().message.find("/nonexistent/admin.sock") != std::string::npos);
  CHECK(answer.error().message.find("No such file") != std::string::npos);
}

TEST_CASE("a TCP port nobody listens on is refused") {
  SocketClient client(TcpAddress{"127.0.0.1", 1});
  const auto answer = ask_soon(client, "show info");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::unreachable);
}

TEST_CASE("a HAProxy that hangs costs no more than the deadline") {
  Peer peer([](int fd) {
    read_line(fd);
    char c = 0;
    (void)!::read(fd, &c, 1);  // until the client has gone
  });
  SocketClient client = peer.client();
  const auto started = steady_clock::now();
  const auto answer = ask_soon(client, "show info", 100ms);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::timed_out);
  CHECK(steady_clock::now() - started >= 100ms);
}

TEST_CASE("a HAProxy that trickles is cut off at the deadline, too") {
  Peer peer([](int fd) {
    read_line(fd);
    for (int i = 0; i < 100; ++i) {
      say(fd, "x");
      std::this_thread::sleep_for(5ms);
    }
  });
  SocketClient client = peer.client();
  const auto answer = ask_soon(client, "show info", 100ms);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::timed_out);
}

TEST_CASE("an interrupt ends every wait at once, also those to come") {
  Peer peer([](int fd) {
    read_line(fd);
    char c = 0;
    (void)!::read(fd, &c, 1);  // until the client has gone
  });
  Interrupt interrupt;
  SocketClient client = peer.client(&interrupt);
  std::thread raiser([&] {
    std::this_thread::sleep_for(50ms);
    interrupt.raise();
  });
  const auto started = steady_clock::now();
  const auto answer = ask_soon(client, "show info", 10s);
  raiser.join();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::unreachable);
  CHECK(steady_clock::now() - started < 5s);
}

TEST_CASE("a line that would be two commands is never sent") {
  SocketClient client(UnixAddress{"/nonexistent/admin.sock"});
  for (const std::string& line : {std::string("show info\nshow stat"), std::string("a\0b", 3),
                                  std::string(), std::string("a\rb"), std::string("\x7f")}) {
    const auto answer = ask_soon(client, line);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::invalid);
  }
}

TEST_CASE("the consumer's error ends the conversation") {
  Peer peer([](int fd) {
    read_line(fd);
    say(fd, std::string(1'000'000, 'x'));
  });
  SocketClient client = peer.client();
  const auto done = client.converse("show stat", {}, steady_clock::now() + 2s,
                                    [](std::string_view) -> Result<void> {
                                      return fail(ErrorCode::malformed, "line 1: enough");
                                    });
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::malformed);
  CHECK(done.error().message.find("line 1: enough") != std::string::npos);
}
