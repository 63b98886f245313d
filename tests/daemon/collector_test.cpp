#include "steward/daemon/collector.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <future>

#include "support/fake_socket.hpp"
#include "support/fixture.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::daemon;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

void answer_like(test::FakeSocket& socket, const std::string& version) {
  const auto fixture = [&](const char* name) {
    return test::read_fixture("captures/" + version + "/" + name);
  };
  socket.answers = {
      {"show info", fixture("show_info.txt")},
      {"show stat", fixture("show_stat.csv")},
      {"show servers state", fixture("show_servers_state.txt")},
      {"show table", fixture("show_table.txt")},
      {"show resolvers", fixture("show_resolvers.txt")},
      {"show ssl cert", fixture("show_ssl_cert.txt")},
      {"show ssl cert /etc/haproxy/certs/site.pem", fixture("show_ssl_cert_site.txt")}};
}

Demand everything() { return demand_of({}); }

std::size_t count(const std::vector<std::string>& commands, const std::string& command) {
  return static_cast<std::size_t>(std::count(commands.begin(), commands.end(), command));
}

}  // namespace

TEST_CASE("a scrape gathers all parts of a HAProxy") {
  test::FakeSocket socket;
  answer_like(socket, "3.2.26");
  Collector collector({}, socket, nullptr);
  const auto collected = REQUIRE_OK(collector.collect(everything(), steady_clock::now() + 5s));
  CHECK(collected->snapshot.info.find("Version") == "3.2.26-1");
  CHECK(collected->snapshot.stat.rows(stats::Kind::server).size() == 16);
  CHECK(collected->snapshot.servers.rows().size() == 16);
  CHECK(collected->snapshot.tables.size() == 2);
  CHECK(collected->snapshot.certificates.size() == 1);
  CHECK_FALSE(collected->snapshot.old_workers);
  CHECK(collected->missing.empty());
}

TEST_CASE("a part HAProxy refuses is missing, the rest is there") {
  test::FakeSocket socket;
  answer_like(socket, "3.2.26");
  socket.answers["show ssl cert"] = "Permission denied\n\n";
  Collector collector({}, socket, nullptr);
  const auto collected = REQUIRE_OK(collector.collect(everything(), steady_clock::now() + 5s));
  REQUIRE(collected->missing.size() == 1);
  CHECK(collected->missing[0].name == "certificates");
  CHECK(collected->missing[0].error.message.find("Permission denied") != std::string::npos);
}

TEST_CASE("without whole info, stat and servers state there is no scrape") {
  for (const char* command : {"show info", "show stat", "show servers state"}) {
    INFO(command);
    test::FakeSocket socket;
    answer_like(socket, "3.2.26");
    socket.answers[command].pop_back();  // the closing empty line
    Collector collector({}, socket, nullptr);
    CHECK_FALSE(collector.collect(everything(), steady_clock::now() + 5s));
  }
}

TEST_CASE("those who ask for the same at the same time share one dump") {
  test::FakeSocket socket;
  answer_like(socket, "3.2.26");
  socket.delay = 30ms;
  Collector collector({}, socket, nullptr);
  std::vector<std::future<bool>> scrapes;
  for (int i = 0; i < 8; ++i) {
    scrapes.push_back(std::async(std::launch::async, [&] {
      return collector.collect(everything(), steady_clock::now() + 10s).has_value();
    }));
  }
  for (auto& scrape : scrapes) CHECK(scrape.get());
  CHECK(count(socket.commands(), "show stat") < 8);
}

TEST_CASE("those who ask for something else wait their turn") {
  test::FakeSocket socket;
  answer_like(socket, "3.2.26");
  std::atomic<int> under_way = 0, most = 0;
  socket.on_command = [&](const std::string&) {
    most = std::max<int>(most, ++under_way);
    std::this_thread::sleep_for(5ms);
    --under_way;
  };
  Collector collector({}, socket, nullptr);
  auto whole = std::async(std::launch::async, [&] {
    return collector.collect(everything(), steady_clock::now() + 10s).has_value();
  });
  CHECK(collector.collect({}, steady_clock::now() + 10s));
  CHECK(whole.get());
  CHECK(most == 1);
}

TEST_CASE("a scrape that throws ends as one, and the next one is free to go") {
  test::FakeSocket socket;
  answer_like(socket, "3.2.26");
  socket.on_command = [](const std::string&) { throw std::bad_alloc(); };
  Collector collector({}, socket, nullptr);
  CHECK_THROWS_AS(collector.collect(everything(), steady_clock::now() + 5s), std::bad_alloc);
  socket.on_command = nullptr;
  CHECK(collector.collect(everything(), steady_clock::now() + 5s));
}

TEST_CASE("whoever waits for a scrape that goes on too long is told so in time") {
  test::FakeSocket socket;
  answer_like(socket, "3.2.26");
  socket.delay = 200ms;
  Collector collector({}, socket, nullptr);
  auto slow = std::async(std::launch::async, [&] {
    return collector.collect(everything(), steady_clock::now() + 10s).has_value();
  });
  std::this_thread::sleep_for(50ms);
  const auto late = collector.collect(everything(), steady_clock::now() + 100ms);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::timed_out);
  CHECK(slow.get());
}

TEST_CASE("certificates are read once a minute, and again after a reload") {
  test::FakeSocket socket;
  answer_like(socket, "3.2.26");
  Collector collector({}, socket, nullptr);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(collector.collect(everything(), steady_clock::now() + 5s));
  }
  CHECK(count(socket.commands(), "show ssl cert") == 1);
  std::string& info = socket.answers["show info"];
  info.replace(info.find("Pid: "), 6, "Pid: 9");
  REQUIRE(collector.collect(everything(), steady_clock::now() + 5s));
  CHECK(count(socket.commands(), "show ssl cert") == 2);
}
