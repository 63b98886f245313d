#include "steward/cli/arguments.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/parse.hpp"
#include "steward/base/text.hpp"
#include "steward/cli/about.hpp"
#include "steward/cli/cli.hpp"

using namespace steward;
using namespace steward::cli;

namespace {

using Words = std::vector<const char*>;

Arguments parsed(const Words& words) {
  auto arguments = test::parse(words);
  if (!arguments) FAIL(arguments.error().text);
  return *arguments;
}

Ending ending(const Words& words) {
  const auto arguments = test::parse(words);
  REQUIRE_FALSE(arguments);
  return arguments.error();
}

// The message of a usage error, without program and line end.
std::string misuse(const Words& words) {
  const Ending said = ending(words);
  CHECK(said.code == usage);
  const std::string program = "haproxy-steward: ";
  REQUIRE(said.text.starts_with(program));
  REQUIRE(std::count(said.text.begin(), said.text.end(), '\n') == 1);
  REQUIRE(said.text.back() == '\n');
  return said.text.substr(program.size(), said.text.size() - program.size() - 1);
}

constexpr const char* kHelp =
    "Prometheus metrics and safe runtime changes for HAProxy.\n"
    "\n"
    "Usage: haproxy-steward COMMAND [FLAGS]\n"
    "\n"
    "Commands:\n"
    "  serve         Serve metrics until told to end.\n"
    "  servers       Show a HAProxy's servers, or those a daemon knows.\n"
    "  check-config  Say whether a configuration file can be served.\n"
    "  hash-token    Read a token from the standard input; print its SHA-256.\n"
    "  drain         Send a server no new sessions.\n"
    "  maint         Put a server into maintenance.\n"
    "  ready         Undo drain and maint, after a passed check.\n"
    "  weight        Set a server's weight, at once or step by step.\n"
    "  health        Pin a server's health, or leave it to its checks.\n"
    "  checks        Turn a server's health checks on or off.\n"
    "  adopt         Keep what is unclear about a server as it is.\n"
    "  add           Add a server; wait until it is in service.\n"
    "  remove        Drain a server, then remove it.\n"
    "  rollout       Take servers out one by one and back in, or replace them.\n"
    "  rollouts      Show rollouts, or steer one.\n"
    "  overrides     Show what is held in another state, and why.\n"
    "  release       End an override, or a wish to add or remove.\n"
    "  audit         Show who did what, and what came of it.\n"
    "  pause         Stop acting on alerts.\n"
    "  resume        Act on alerts again.\n"
    "  evaluate      Say what a payload would do; do nothing.\n"
    "  state-file    Print what a HAProxy is to start with, or write it into a file.\n"
    "  completion    Print what a shell needs to complete commands.\n"
    "  version       Show the version, the compiler and the libraries.\n"
    "\n"
    "Flags:\n"
    "  -h, --help  Show this.\n"
    "  --version   Show the version.\n"
    "\n"
    "See haproxy-steward COMMAND --help for the flags of a command.\n";

constexpr const char* kServersHelp =
    "Show a HAProxy's servers, or those a daemon knows.\n"
    "\n"
    "Usage: haproxy-steward servers [BACKEND] [FLAGS]\n"
    "\n"
    "Arguments:\n"
    "  BACKEND  Only this one's servers.\n"
    "\n"
    "Flags:\n"
    "  -h, --help                          Show this.\n"
    "  --socket, --haproxy.socket ADDRESS  Its stats socket; default "
    "unix:/run/haproxy/admin.sock.\n"
    "  --haproxy.timeout DURATION          For all that is asked; default 5s.\n"
    "  --url URL                           The daemon, not a socket; default $STEWARD_URL.\n"
    "  --token-file FILE                   Its token; default as for other commands.\n"
    "  --cacert FILE                       Whose certificates to trust; default: the system's.\n"
    "  --output FORMAT                     One of table, json; default table.\n"
    "\n"
    "Examples:\n"
    "  haproxy-steward servers\n"
    "  haproxy-steward servers web --socket tcp:10.0.0.2:9999 --output json\n"
    "  haproxy-steward servers web --url http://127.0.0.1:9180\n";

}  // namespace

TEST_CASE("help that was asked for is the result, and stays tidy") {
  for (const char* flag : {"--help", "-h"}) {
    CHECK(ending({flag}).code == done);
    CHECK(ending({flag}).text == kHelp);
    CHECK(ending({"servers", flag}).text == kServersHelp);
  }
}

TEST_CASE("every command has a help with an example, in lines of at most 100") {
  for (const char* command : {"serve", "servers", "check-config", "hash-token", "version"}) {
    const Ending help = ending({command, "--help"});
    CHECK(help.code == done);
    CHECK(help.text.find("\nExample") != std::string::npos);
    CHECK(help.text.find("\n  haproxy-steward " + std::string(command)) != std::string::npos);
    for (const auto line : split(help.text, '\n')) {
      CAPTURE(line);
      CHECK(line.size() <= 100);
    }
  }
}

TEST_CASE("the help of serve has its flags and no others") {
  const std::string help = ending({"serve", "--help"}).text;
  std::vector<std::string> flags;
  for (const auto line : split(help, '\n')) {
    if (line.starts_with("  --")) flags.emplace_back(line.substr(2, line.find(' ', 2) - 2));
  }
  CHECK(flags == std::vector<std::string>{"--config.file", "--haproxy.socket", "--haproxy.timeout",
                                          "--web.listen-address", "--web.telemetry-path",
                                          "--web.config.file", "--web.max-requests", "--log.level",
                                          "--log.format", "--version"});
}

TEST_CASE("without a command the help is a usage error") {
  CHECK(ending({}).code == usage);
  CHECK(ending({}).text == kHelp);
  CHECK(parse_arguments(0, nullptr).error().text == kHelp);
}

TEST_CASE("help goes before what is wrong beside it") {
  CHECK(ending({"servers", "--foo", "--help"}).text == kServersHelp);
}

TEST_CASE("the version is a flag and a command") {
  CHECK(ending({"--version"}).code == done);
  CHECK(ending({"--version"}).text == about());
  CHECK(ending({"serve", "--version"}).text == about());
  CHECK(parsed({"version"}).command == Command::version);
}

TEST_CASE("flags of serve are kept as they were typed, after a blank or a '='") {
  const Arguments blank =
      parsed({"serve",   "--config.file",        "c.yml", "--haproxy.socket",
              "a=/x",    "--haproxy.socket",     "/y",    "--haproxy.timeout",
              "3s",      "--web.listen-address", ":1",    "--web.listen-address",
              "[::1]:2", "--web.telemetry-path", "/m",    "--web.config.file",
              "w.yml",   "--web.max-requests",   "7",     "--log.level",
              "warn",    "--log.format",         "json"});
  const Arguments equals =
      parsed({"serve", "--config.file=c.yml", "--haproxy.socket=a=/x", "--haproxy.socket=/y",
              "--haproxy.timeout=3s", "--web.listen-address=:1", "--web.listen-address=[::1]:2",
              "--web.telemetry-path=/m", "--web.config.file=w.yml", "--web.max-requests=7",
              "--log.level=warn", "--log.format=json"});
  for (const Arguments& arguments : {blank, equals}) {
    CHECK(arguments.command == Command::serve);
    const ServeFlags& flags = arguments.serve;
    CHECK(flags.config_file == "c.yml");
    CHECK(flags.sockets == std::vector<std::string>{"a=/x", "/y"});
    CHECK(flags.timeout == "3s");
    CHECK(flags.listen_addresses == std::vector<std::string>{":1", "[::1]:2"});
    CHECK(flags.telemetry_path == "/m");
    CHECK(flags.web_config_file == "w.yml");
    CHECK(flags.max_requests == "7");
    CHECK(flags.log_level == "warn");
    CHECK(flags.log_format == "json");
  }
}

TEST_CASE("flags that are not given are absent, those given empty are empty") {
  const ServeFlags flags = parsed({"serve", "--web.config.file", ""}).serve;
  CHECK(flags.web_config_file == "");
  CHECK_FALSE(flags.config_file);
  CHECK(flags.sockets.empty());
  CHECK_FALSE(flags.log_level);
}

TEST_CASE("a flag takes one value, as it is") {
  CHECK(misuse({"serve", "--haproxy.socket", "/a", "/b"}) ==
        "unexpected argument /b; see haproxy-steward serve --help");
  CHECK(parsed({"serve", "--haproxy.socket", "[a,b]"}).serve.sockets ==
        std::vector<std::string>{"[a,b]"});
  CHECK(parsed({"serve", "--config.file", "[a,b]"}).serve.config_file == "[a,b]");
  CHECK(parsed({"serve", "--haproxy.socket", "-x"}).serve.sockets.front() == "-x");
}

TEST_CASE("servers takes a backend, also one that is called like a command") {
  const Arguments arguments = parsed({"servers", "web", "--haproxy.socket", "/x", "--output=json"});
  CHECK(arguments.command == Command::servers);
  CHECK(arguments.servers.backend == "web");
  CHECK(arguments.servers.socket == "/x");
  CHECK(arguments.servers.output == "json");
  CHECK_FALSE(parsed({"servers", "--haproxy.socket", "/x"}).servers.backend);
  CHECK_FALSE(parsed({"servers"}).servers.socket);
  CHECK(parsed({"servers", "version", "--haproxy.socket", "/x"}).servers.backend == "version");
  CHECK(parsed({"servers", "--haproxy.socket", "/x", "servers"}).servers.backend == "servers");
}

TEST_CASE("check-config takes a file") {
  CHECK(parsed({"check-config", "a.yml"}).command == Command::check_config);
  CHECK(parsed({"check-config", "a.yml"}).file == "a.yml");
}

TEST_CASE("an unknown word is a usage error that names the help to read") {
  CHECK(misuse({"serve", "--foo"}) == "unknown flag --foo; see haproxy-steward serve --help");
  CHECK(misuse({"serve", "--foo=secret"}) ==
        "unknown flag --foo; see haproxy-steward serve --help");
  CHECK(misuse({"servers", "--foo"}) == "unknown flag --foo; see haproxy-steward servers --help");
  CHECK(misuse({"serve", "-x"}) == "unknown flag -x; see haproxy-steward serve --help");
  CHECK(misuse({"--foo"}) == "unknown flag --foo; see haproxy-steward --help");
  CHECK(misuse({"frobnicate"}) == "unknown command frobnicate; see haproxy-steward --help");
  CHECK(misuse({"serve", "now"}) == "unexpected argument now; see haproxy-steward serve --help");
  CHECK(misuse({"check-config", "a", "b"}) ==
        "unexpected argument b; see haproxy-steward check-config --help");
  CHECK(misuse({"servers", "a", "b", "--haproxy.socket", "/x"}) ==
        "unexpected argument b; see haproxy-steward servers --help");
}

TEST_CASE("a slip gets the name that was meant") {
  CHECK(misuse({"sevre"}) ==
        "unknown command sevre; did you mean 'serve'?; see haproxy-steward --help");
  CHECK(misuse({"serve", "--haproxy.sockets=unix:/x", "more"}) ==
        "unknown flag --haproxy.sockets; did you mean '--haproxy.socket'?; "
        "see haproxy-steward serve --help");
}

TEST_CASE("behind -- there are no flags") {
  CHECK(parsed({"servers", "--", "-x"}).servers.backend == "-x");
  CHECK(misuse({"servers", "--", "-x", "--output"}) ==
        "unexpected argument --output; see haproxy-steward servers --help");
}

TEST_CASE("only whole names are flags") {
  CHECK(misuse({"serve", "--log"}) == "unknown flag --log; see haproxy-steward serve --help");
  CHECK(misuse({"serve", "--LOG.LEVEL=info"}) ==
        "unknown flag --LOG.LEVEL; see haproxy-steward serve --help");
}

TEST_CASE("what a command needs and does not get is named") {
  CHECK(misuse({"check-config"}) == "FILE is required; see haproxy-steward check-config --help");
}

TEST_CASE("a flag without its value is a usage error") {
  const std::string said = "--log.level needs a value; see haproxy-steward serve --help";
  CHECK(misuse({"serve", "--log.level"}) == said);
  CHECK(misuse({"serve", "--log.level="}) == said);
  CHECK(misuse({"serve", "--log.level=", "info"}) == said);
  CHECK(misuse({"serve", "--haproxy.socket="}) ==
        "--haproxy.socket needs a value; see haproxy-steward serve --help");
  CHECK(misuse({"serve", "--haproxy.socket"}) ==
        "--haproxy.socket needs a value; see haproxy-steward serve --help");
}

TEST_CASE("a flag that is not a list is given once") {
  CHECK(misuse({"serve", "--log.level=info", "--log.level=info"}) ==
        "--log.level is given more than once; see haproxy-steward serve --help");
}

TEST_CASE("hostile bytes on the command line stay within their line") {
  CHECK(misuse({"a\nb\x1b[2J"}) == "unknown command a\\nb\\x1b[2J; see haproxy-steward --help");
  CHECK(misuse({"serve", "--\xFF"}) ==
        "unknown flag --\xEF\xBF\xBD; see haproxy-steward serve --help");
}
