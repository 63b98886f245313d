#include "steward/cli/servers.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_socket.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::cli;
using namespace std::chrono_literals;

namespace {

constexpr const char* kAskStat = "show stat -1 6 -1";
constexpr const char* kAskState = "show servers state";

struct Haproxy {
  test::FakeSocket socket;

  Haproxy() {
    socket.answers[kAskStat] =
        "# pxname,svname,type,status\n"
        "web,web1,2,UP\n"
        "web,BACKEND,1,UP\n"
        "api,api1,2,DOWN\n"
        "api,BACKEND,1,DOWN\n"
        "\n";
    socket.answers[kAskState] =
        "1\n"
        "# be_name srv_name srv_addr srv_port srv_fqdn srv_op_state srv_admin_state srv_uweight "
        "srv_iweight srv_check_state srv_agent_state\n"
        "web web1 10.0.0.1 80 - 2 0 37 100 6 0\n"
        "\n";
  }

  Result<std::string> show(const ServersOptions& options, bool colour = false) {
    return show_servers(socket, options, colour);
  }
};

ServersOptions options(std::optional<std::string> backend = {}, Output output = Output::table) {
  return {UnixAddress{"/unused"}, 5s, std::move(backend), output};
}

}  // namespace

TEST_CASE("servers are asked for with two commands that change nothing") {
  Haproxy haproxy;
  const auto text = REQUIRE_OK(haproxy.show(options()));
  CHECK(text.find("web      web1    10.0.0.1:80  UP ") != std::string::npos);
  CHECK(text.find("api      api1    -            DOWN ") != std::string::npos);
  CHECK(haproxy.socket.commands() == std::vector<std::string>{kAskStat, kAskState});
}

TEST_CASE("one backend's servers can be shown, as JSON too, and in colour") {
  Haproxy haproxy;
  const auto text = REQUIRE_OK(haproxy.show(options("api"), true));
  CHECK(text.find("web1") == std::string::npos);
  CHECK(text.find("\x1b[31mDOWN\x1b[0m") != std::string::npos);
  const auto json = REQUIRE_OK(haproxy.show(options("web", Output::json), true));
  CHECK(json.find("\"server\": \"web1\"") != std::string::npos);
  CHECK(json.find('\x1b') == std::string::npos);
}

TEST_CASE("a backend HAProxy does not have is an error that offers the nearest") {
  Haproxy haproxy;
  const auto near = haproxy.show(options("we"));
  REQUIRE_FALSE(near);
  CHECK(near.error().code == ErrorCode::not_found);
  CHECK(near.error().message == "HAProxy has no backend 'we'; did you mean 'web'?");
  const auto far = haproxy.show(options("; shutdown sessions server web/web1"));
  REQUIRE_FALSE(far);
  CHECK(far.error().message ==
        "HAProxy has no backend '; shutdown sessions server web/web1'; there is: web, api");
}

TEST_CASE("the backend's name never reaches HAProxy") {
  Haproxy haproxy;
  REQUIRE_FALSE(haproxy.show(options("; shutdown sessions server web/web1")));
  CHECK(haproxy.socket.commands() == std::vector<std::string>{kAskStat});
}

TEST_CASE("what goes wrong while asking is passed on") {
  Haproxy silent;
  silent.socket.errors[kAskState] = {ErrorCode::timed_out, "no answer in time"};
  CHECK(silent.show(options()).error().message == "no answer in time");

  Haproxy cut;
  cut.socket.answers[kAskStat] = "# pxname,svname,type,status\nweb,web1,2,UP\n";
  CHECK(cut.show(options()).error().code == ErrorCode::malformed);

  Haproxy strict;
  strict.socket.answers[kAskState] = "Permission denied\n\n";
  CHECK(strict.show(options()).error().code == ErrorCode::refused);
}

TEST_CASE("both questions together have the time that was given") {
  Haproxy haproxy;
  haproxy.socket.delay = 30ms;
  ServersOptions hurried = options();
  hurried.timeout = 45ms;
  const auto text = haproxy.show(hurried);
  REQUIRE_FALSE(text);
  CHECK(text.error().code == ErrorCode::timed_out);
  CHECK(haproxy.socket.commands().size() == 2);
}
