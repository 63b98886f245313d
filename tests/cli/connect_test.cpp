#include "steward/cli/connect.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

#include "support/require_ok.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::cli;
using steward::test::TempFolder;

namespace {

std::string wrong_flags(const ConnectionFlags& flags, const Environment& environment = {}) {
  const auto options = options_of(flags, environment);
  REQUIRE_FALSE(options);
  return options.error().message;
}

std::string no_client(const ConnectionOptions& options) {
  const auto client = connect(options);
  REQUIRE_FALSE(client);
  return client.error().message;
}

}  // namespace

TEST_CASE("without anything said it is the daemon on this machine") {
  const auto options = REQUIRE_OK(options_of({}, {}));
  CHECK(options.url == "http://127.0.0.1:9180");
  CHECK_FALSE(options.socket);
  CHECK(options.timeout == std::chrono::seconds(10));
  CHECK(options.output == Output::table);
  CHECK(options.flags.empty());
}

TEST_CASE("a flag wins over the environment, and a token's file over a token") {
  Environment environment{"http://env:1", "/env.token", "env-token-0123456"};
  const auto of_environment = REQUIRE_OK(options_of({}, environment));
  CHECK(of_environment.url == "http://env:1");
  CHECK(of_environment.token_file == "/env.token");
  ConnectionFlags flags;
  flags.url = "unix:/a b";
  flags.token_file = "/flag.token";
  const auto of_flags = REQUIRE_OK(options_of(flags, environment));
  CHECK(of_flags.url == "unix:/a b");
  CHECK(of_flags.token_file == "/flag.token");
  CHECK(of_flags.flags == " --url 'unix:/a b' --token-file /flag.token");
  environment.token_file.reset();
  CHECK(REQUIRE_OK(options_of({}, environment)).token == "env-token-0123456");
}

TEST_CASE("a socket takes the daemon's place, but only if it was not named, too") {
  ConnectionFlags flags;
  flags.socket = "tcp:[::1]:9999";
  const Environment environment{"http://env:1", {}, {}};
  CHECK(REQUIRE_OK(options_of(flags, environment)).socket == Address(TcpAddress{"::1", 9999}));
  flags.url = "http://a:1";
  CHECK(wrong_flags(flags).starts_with("--socket and --url"));
}

TEST_CASE("wrong values name their flag or variable") {
  const auto with = [](Typed ConnectionFlags::*flag, const char* value) {
    ConnectionFlags flags;
    flags.*flag = value;
    return wrong_flags(flags);
  };
  CHECK(with(&ConnectionFlags::url, "lb").starts_with("--url: 'lb' is not http"));
  CHECK(with(&ConnectionFlags::socket, "x").starts_with("--socket: "));
  CHECK(with(&ConnectionFlags::timeout, "soon").starts_with("--timeout: "));
  CHECK(with(&ConnectionFlags::timeout, "0s") == "--timeout: it cannot be 0");
  CHECK(with(&ConnectionFlags::output, "xml") == "--output: 'xml' is not one of table, json");
  CHECK(wrong_flags({}, {"nonsense", {}, {}}).starts_with("STEWARD_URL: "));
}

TEST_CASE("a token is one line of letters, and never shown") {
  const TempFolder folder;
  ConnectionOptions options;
  options.token_file = folder.path("token");
  CHECK(no_client(options).find(options.token_file) != std::string::npos);
  for (const char* bad : {"", "\n", "two words", "secret\r\nX-Evil: 1", "\xFF\xFE"}) {
    std::ofstream(options.token_file) << bad;
    CHECK(no_client(options) ==
          options.token_file + ": no token; it is one line of printable letters");
  }
  std::ofstream(options.token_file) << std::string(5'000, 'a');
  CHECK_FALSE(connect(options));
  std::ofstream(options.token_file) << "0123456789abcdef\r\n";
  CHECK(connect(options));
  options.token_file.clear();
  options.token = "two words";
  CHECK(no_client(options).starts_with("STEWARD_TOKEN: no token"));
}
