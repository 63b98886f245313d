#include "steward/cli/cli.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace steward::cli;

namespace {

struct Outcome {
  int code;
  std::string out, err;
};

Outcome run_with(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "haproxy-steward");
  std::ostringstream out, err;
  const int code = run(static_cast<int>(arguments.size()), arguments.data(), out, err);
  return {code, out.str(), err.str()};
}

// A file that is gone when the test is.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    std::string pattern = (std::filesystem::temp_directory_path() / "steward-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/steward.yml";
    std::ofstream(path_) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove_all(folder_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string folder_, path_;
};

}  // namespace

TEST_CASE("the top-level help fits a screen and names every subcommand") {
  const Outcome help = run_with({"--help"});
  CHECK(help.code == done);
  CHECK(help.err.empty());
  CHECK(help.out ==
        "Prometheus metrics of HAProxy, from its runtime socket\n"
        "Usage: haproxy-steward [OPTIONS] SUBCOMMAND\n"
        "\n"
        "Options:\n"
        "  -h,--help                   Print this help message and exit\n"
        "  --version                   Display program version information and exit\n"
        "\n"
        "Subcommands:\n"
        "  serve                       Serve Prometheus metrics of HAProxy\n"
        "  servers                     Show the servers of a HAProxy, straight from its socket\n"
        "  check-config                Check a configuration file\n"
        "  version                     Show the version\n\n");
}

TEST_CASE("each subcommand's help has an example") {
  for (const char* command : {"serve", "servers", "check-config"}) {
    INFO(command);
    CHECK(run_with({command, "--help"}).out.find("Example:") != std::string::npos);
  }
}

TEST_CASE("the version is told by flag and by subcommand") {
  CHECK(run_with({"--version"}).out == run_with({"version"}).out);
  CHECK(run_with({"serve", "--version"}).out == run_with({"version"}).out);
  CHECK(run_with({"version"}).out.starts_with("haproxy-steward "));
}

TEST_CASE("wrong usage is one line on stderr, and exit code 2") {
  const std::vector<std::vector<const char*>> wrong{
      {},
      {"frobnicate"},
      {"serve", "--foo"},
      {"serve"},
      {"serve", "--haproxy.socket", "nowhere"},
      {"serve", "--haproxy.socket=unix:/x", "--web.max-requests=many"},
      {"servers", "--output", "xml"},
      {"servers", "--haproxy.socket", "nowhere"},
      {"servers", "--haproxy.timeout", "5"},
      {"check-config"}};
  for (const auto& arguments : wrong) {
    const Outcome outcome = run_with(arguments);
    INFO(outcome.err);
    CHECK(outcome.code == usage);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("haproxy-steward: "));
    CHECK(outcome.err.find('\n') == outcome.err.size() - 1);
  }
}

TEST_CASE("an unknown subcommand is named") {
  CHECK(run_with({"frobnicate"}).err.find("'frobnicate'") != std::string::npos);
}

TEST_CASE("a slip gets the name that was meant") {
  CHECK(run_with({"sevre"}).err ==
        "haproxy-steward: 'sevre' is not a subcommand; did you mean 'serve'?; "
        "see 'haproxy-steward --help'\n");
  CHECK(run_with({"serve", "--haproxy.sockets=unix:/x", "more"}).err ==
        "haproxy-steward: unknown flag '--haproxy.sockets'; did you mean '--haproxy.socket'?; "
        "see 'haproxy-steward serve --help'\n");
  CHECK(run_with({"check-config", "a", "b"}).err ==
        "haproxy-steward: 'b' is not expected; see 'haproxy-steward check-config --help'\n");
  CHECK(run_with({"servers", "--", "-x", "--output"}).err ==
        "haproxy-steward: '--output' is not expected; see 'haproxy-steward servers --help'\n");
}

TEST_CASE("a repeatable flag takes one value, and that as it is") {
  CHECK(run_with({"serve", "--haproxy.socket", "unix:/a", "unix:/b"})
            .err.find("'unix:/b' is not expected") != std::string::npos);
  CHECK(run_with({"serve", "--haproxy.socket", "[unix:/a,unix:/b]"})
            .err.find("'[unix:/a,unix:/b]' is not a socket address") != std::string::npos);
  CHECK(run_with({"serve", "--haproxy.socket=unix:/a", "--web.listen-address", "[::1]"})
            .err.find("'1]' is not a port") != std::string::npos);
}

TEST_CASE("a number is decimal") {
  for (const char* number : {"010", "0x10", "-1", "", " 1", "1.0", "99999999999"}) {
    INFO(number);
    const Outcome outcome =
        run_with({"serve", "--haproxy.socket=unix:/x", "--web.max-requests", number});
    CHECK(outcome.code == usage);
    CHECK(outcome.err.find("--web.max-requests: ") != std::string::npos);
  }
}

TEST_CASE("output that cannot be written is a failure") {
  const char* arguments[] = {"haproxy-steward", "version"};
  std::ostringstream err;
  std::ofstream full("/dev/full");
  CHECK(run(2, arguments, full, err) == failed);
  CHECK(err.str() == "haproxy-steward: the output cannot be written\n");
}

TEST_CASE("a good configuration file is told to be one") {
  const TemporaryFile file("instances:\n  - socket: unix:/run/haproxy/admin.sock\n");
  const Outcome outcome = run_with({"check-config", file.path().c_str()});
  CHECK(outcome.code == done);
  CHECK(outcome.out == file.path() + ": ok (1 instance)\n");
}

TEST_CASE("every problem of a configuration file is told, by its place") {
  const TemporaryFile file("web:\n  max_request: 4\nlog:\n  level: loud\n");
  const Outcome outcome = run_with({"check-config", file.path().c_str()});
  CHECK(outcome.code == failed);
  CHECK(outcome.err.find(file.path() + ":2:3: ") != std::string::npos);
  CHECK(outcome.err.find(file.path() + ":4:10: ") != std::string::npos);
  CHECK(run_with({"serve", "--config.file", file.path().c_str()}).code == failed);
}

TEST_CASE("a file that is not there, or names no HAProxy, is an error") {
  CHECK(run_with({"check-config", "/nonexistent.yml"}).code == failed);
  const TemporaryFile empty("log:\n  level: info\n");
  const Outcome outcome = run_with({"check-config", empty.path().c_str()});
  CHECK(outcome.code == failed);
  CHECK(outcome.err.find(empty.path()) != std::string::npos);
}

TEST_CASE("the web config file a configuration names is checked with it") {
  const TemporaryFile web("tls_server_confg: {}\n");
  const TemporaryFile file("instances:\n  - socket: unix:/x\nweb:\n  config_file: " + web.path() +
                           "\n");
  const Outcome outcome = run_with({"check-config", file.path().c_str()});
  CHECK(outcome.code == failed);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.find(web.path() + ":1:1: ") != std::string::npos);
}

TEST_CASE("a HAProxy that is not there is one line, and exit code 1") {
  const Outcome outcome = run_with({"servers", "--haproxy.socket", "unix:/nonexistent.sock"});
  CHECK(outcome.code == failed);
  CHECK(outcome.err.find("/nonexistent.sock") != std::string::npos);
}
