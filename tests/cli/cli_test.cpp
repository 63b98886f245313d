#include "steward/cli/cli.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "steward/cli/about.hpp"
#include "steward/config/secrets.hpp"
#include "steward/ledger/sqlite_ledger.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::cli;

namespace {

struct Outcome {
  int code;
  std::string out, err;
};

Outcome call(std::vector<const char*> words) {
  words.insert(words.begin(), "haproxy-steward");
  std::ostringstream out, err;
  const int code = run(static_cast<int>(words.size()), words.data(), {out, err});
  return {code, out.str(), err.str()};
}

// Takes nothing, like a full disk.
class FullDisk : public std::streambuf {
 protected:
  int_type overflow(int_type) override { return traits_type::eof(); }
};

}  // namespace

TEST_CASE("help goes to the output, but to the errors if nothing was asked for") {
  const Outcome asked = call({"--help"});
  CHECK(asked.code == done);
  CHECK(asked.err.empty());
  const Outcome nothing = call({});
  CHECK(nothing.code == usage);
  CHECK(nothing.out.empty());
  CHECK(nothing.err == asked.out);
}

TEST_CASE("version says what it is and what it was built from") {
  const Outcome outcome = call({"version"});
  CHECK(outcome.code == done);
  CHECK(outcome.out == about_in_full());
  CHECK(outcome.out.starts_with(about()));
  CHECK(outcome.out.find("\n  compiler ") != std::string::npos);
  CHECK(outcome.out.find(" OpenSSL 3.") != std::string::npos);
  CHECK(outcome.err.empty());
}

TEST_CASE("a usage error is one line on the errors, and exit code 2") {
  const Outcome outcome = call({"serve", "--foo"});
  CHECK(outcome.code == usage);
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "haproxy-steward: unknown flag --foo; see haproxy-steward serve --help\n");
}

TEST_CASE("every wrong value of a flag is a line on the errors") {
  const Outcome outcome =
      call({"serve", "--haproxy.socket", "/x", "--log.level", "loud", "--log.format", "x\ny"});
  CHECK(outcome.code == usage);
  CHECK(outcome.err ==
        "haproxy-steward: --log.level: 'loud' is not one of debug, info, warn, error\n"
        "haproxy-steward: --log.format: 'x\\ny' is not one of text, json\n");
}

TEST_CASE("serve without any HAProxy says which flag to give") {
  const Outcome outcome = call({"serve"});
  CHECK(outcome.code == usage);
  CHECK(
      outcome.err.starts_with("haproxy-steward: no HAProxy is configured: give --haproxy.socket"));
}

TEST_CASE("serve lists the problems of its file as they are, and those of both together") {
  const test::TempFolder folder;
  const std::string bad = folder.write("bad.yml", "log: {level: loud}\nnonsense: 1\n");
  const Outcome outcome = call({"serve", "--config.file", bad.c_str()});
  CHECK(outcome.code == failed);
  CHECK(outcome.err ==
        bad + ":1:14: log.level: 'loud' is not one of debug, info, warn, error\n" + bad +
            ":2:1: nonsense: unknown key; known here: instances, scrape, web, log, control, "
            "storage, principals, rules, guards\n");

  const std::string empty = folder.write("empty.yml", "");
  const Outcome none = call({"serve", "--config.file", empty.c_str()});
  CHECK(none.code == failed);
  CHECK(none.err.starts_with("haproxy-steward: no HAProxy is configured"));
}

TEST_CASE("serve says that its file cannot be read") {
  const Outcome outcome = call({"serve", "--config.file", "/nonexistent/x.yml"});
  CHECK(outcome.code == failed);
  CHECK(outcome.err == "/nonexistent/x.yml: cannot be read: No such file or directory\n");
}

TEST_CASE("check-config says ok, and how many instances there are") {
  const test::TempFolder folder;
  const std::string one = folder.write("one.yml", "instances: [{socket: unix:/a}]\n");
  CHECK(call({"check-config", one.c_str()}).out == one + ": ok (1 instance)\n");
  const std::string two = folder.write(
      "two.yml", "instances:\n  - {name: a, socket: unix:/a}\n  - {name: b, socket: unix:/b}\n");
  const Outcome outcome = call({"check-config", two.c_str()});
  CHECK(outcome.code == done);
  CHECK(outcome.out == two + ": ok (2 instances)\n");
  CHECK(outcome.err.empty());
}

TEST_CASE("check-config lists every problem and fails") {
  const test::TempFolder folder;
  const std::string bad =
      folder.write("bad.yml", "instances: [{socket: nowhere}]\nweb: {max_requests: many}\n");
  const Outcome outcome = call({"check-config", bad.c_str()});
  CHECK(outcome.code == failed);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.starts_with(bad + ":1:22: instances[0].socket: 'nowhere' is not a socket"));
  CHECK(outcome.err.find("\n" + bad + ":2:21: web.max_requests: ") != std::string::npos);
}

TEST_CASE("check-config fails for a file without instances") {
  const test::TempFolder folder;
  const std::string empty = folder.write("empty.yml", "");
  const Outcome outcome = call({"check-config", empty.c_str()});
  CHECK(outcome.code == failed);
  CHECK(outcome.err.starts_with(empty + ": no HAProxy is configured"));
}

TEST_CASE("check-config reads the web config file, too") {
  const test::TempFolder folder;
  const std::string file =
      folder.write("steward.yml", "instances: [{socket: unix:/a}]\nweb: {config_file: web.yml}\n");
  const Outcome missing = call({"check-config", file.c_str()});
  CHECK(missing.code == failed);
  CHECK(missing.err.find(folder.path("web.yml")) != std::string::npos);

  const std::string web = folder.write("web.yml", "nonsense: 1\nbasic_auth_users: {a: b}\n");
  const Outcome wrong = call({"check-config", file.c_str()});
  CHECK(wrong.code == failed);
  CHECK(wrong.err.starts_with(web + ":1:1: "));
  CHECK(wrong.err.find("\n" + web + ":2:") != std::string::npos);

  (void)folder.write("web.yml", "");
  CHECK(call({"check-config", file.c_str()}).code == done);
}

TEST_CASE("check-config names an instance that the ledger knows and the configuration does not") {
  const test::TempFolder folder;
  const auto check = [&](const std::string& instance) {
    const std::string file = folder.write(
        "steward.yml", "instances: [{socket: unix:/a, " + instance +
                           "}]\nstorage: {path: " + folder.path("storage") +
                           "}\nprincipals: [{name: alice, role: admin, token_sha256: [" +
                           config::token_hash("x") + "]}]\n");
    return call({"check-config", file.c_str()});
  };
  CHECK(check("name: lb2").code == done);
  control::Override drained;
  drained.id = "01J";
  drained.target = {"lb1", "web", "web1"};
  ledger::Batch batch;
  batch.overrides.push_back(drained);
  REQUIRE((*ledger::open_sqlite_ledger(folder.path("storage")))->commit(batch));
  const Outcome forgotten = check("name: lb2");
  CHECK(forgotten.code == failed);
  CHECK(forgotten.err.starts_with(folder.path("steward.yml") + ": instances: the ledger has"));
  CHECK(forgotten.err.find("renamed_from: lb1") != std::string::npos);
  CHECK(check("name: lb2, renamed_from: lb1").code == done);
  CHECK(check("name: lb1").code == done);
}

TEST_CASE("servers that cannot be asked are one line on the errors, and exit code 1") {
  const test::TempFolder folder;
  const std::string socket = folder.path("none.sock");
  const Outcome outcome = call({"servers", "--haproxy.socket", socket.c_str()});
  CHECK(outcome.code == failed);
  CHECK(outcome.out.empty());
  CHECK(outcome.err ==
        "haproxy-steward: cannot connect to unix:" + socket + ": No such file or directory\n");
}

TEST_CASE("a HAProxy that does not answer in time is exit code 4") {
  const test::TempFolder folder;
  const std::string socket = folder.path("silent.sock");
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  socket.copy(name.sun_path, sizeof name.sun_path - 1);
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  REQUIRE(::listen(listener, 8) == 0);  // accepted by the kernel, and that is all
  const Outcome outcome =
      call({"servers", "--haproxy.socket", socket.c_str(), "--haproxy.timeout", "20ms"});
  ::close(listener);
  CHECK(outcome.code == timed_out);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

TEST_CASE("wrong flags of servers are usage errors") {
  const Outcome outcome = call({"servers", "--haproxy.socket", "/x", "--output", "yaml"});
  CHECK(outcome.code == usage);
  CHECK(outcome.err == "haproxy-steward: --output: 'yaml' is not one of table, json\n");
}

TEST_CASE("a result that cannot be written is a failure") {
  FullDisk disk;
  std::ostream out(&disk);
  std::ostringstream err;
  const std::vector<const char*> words{"haproxy-steward", "version"};
  CHECK(run(2, words.data(), {out, err}) == failed);
  CHECK(err.str() == "haproxy-steward: the output cannot be written\n");
}
