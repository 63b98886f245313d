// The same answers, HAProxy's own page and ours: eight versions.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <cmath>
#include <set>

#include "support/page.hpp"
#include "support/snapshots.hpp"

using namespace steward;

namespace {

// What changed between the answers and HAProxy's page, a moment later: averages that include its
// own requests, the traffic and the connections of fetching the page, and time itself.
const std::set<std::string> kMoved{
    "haproxy_backend_total_time_average_seconds",
    "haproxy_server_total_time_average_seconds",
    "haproxy_process_uptime_seconds",
    "haproxy_process_connections_total",
    "haproxy_process_requests_total",
    "haproxy_process_bytes_out_total",
    "haproxy_process_bytes_out_rate",
    "haproxy_process_current_tasks",
    "haproxy_process_current_run_queue",
    "haproxy_process_idle_time_percent",
    "haproxy_process_jobs",
    "haproxy_process_pool_allocated_bytes",
    "haproxy_process_pool_used_bytes",
    "haproxy_process_current_connections",
    "haproxy_process_current_connection_rate",
    "haproxy_process_current_session_rate",
    "haproxy_resolver_sent",
    "haproxy_server_check_duration_seconds",
    "haproxy_server_agent_duration_seconds",
    "haproxy_process_total_warnings",
    "haproxy_server_check_last_change_seconds",
    "haproxy_backend_check_last_change_seconds",
    "haproxy_server_last_session_seconds",
    "haproxy_backend_last_session_seconds",
    "haproxy_process_max_connection_rate",
    "haproxy_process_max_session_rate",
};

// HAProxy before 3.0 also counted servers whose check is paused; ours is the newest meaning.
bool counts_differ(const std::string& series, const std::string& version) {
  return version.starts_with("2.") && series.starts_with("haproxy_backend_agg_check_status");
}

// What `show stat` leaves out: the last check's duration while checks are paused, and one
// counter of stick tables.
bool not_told(const std::string& series) {
  return series.starts_with("haproxy_server_check_duration_seconds") ||
         series.starts_with("haproxy_sticktable_local_updates");
}

void compare(const std::string& version, const std::string& theirs, const std::string& ours) {
  const auto expected = test::samples(theirs);
  const auto found = test::samples(ours);
  std::size_t compared = 0;
  for (const auto& [series, value] : expected) {
    // HAProxy has NaN for what it has not; its own page went through the frontend "prom".
    if (value == "NaN" || series.find("proxy=\"prom\"") != std::string::npos) continue;
    INFO(version << ": " << series);
    const auto at = found.find(series);
    if (at == found.end()) {
      CHECK(not_told(series));
      continue;
    }
    ++compared;
    const bool may_differ =
        kMoved.contains(test::family_of(series)) || counts_differ(series, version);
    if (!may_differ) CHECK(std::stod(at->second) == std::stod(value));
  }
  CHECK(compared > 1'000);
}

}  // namespace

TEST_CASE("our page has every series and value of HAProxy's own") {
  const std::string version = GENERATE(from_range(test::captured_versions()));
  const auto snapshot = test::captured_snapshot(version);
  compare(version, test::read_fixture("captures/" + version + "/promex.txt"),
          test::page_text(snapshot));
}

TEST_CASE("our page has every module counter of HAProxy's own") {
  const std::string version = GENERATE("3.0.11", "3.2.26", "3.3.0", "3.4.0", "3.5-dev5");
  const auto snapshot = test::captured_snapshot(version);
  exposition::PageOptions options;
  options.selection.extra_counters = true;
  compare(version, test::read_fixture("captures/" + version + "/promex_extra_counters.txt"),
          test::page_text(snapshot, options));
}

TEST_CASE("a metric HAProxy learnt later is there for an older one that has the column") {
  const auto page = test::samples(test::page_text(test::captured_snapshot("2.4.0")));
  CHECK(page.contains(R"(haproxy_server_current_session_rate{proxy="web",server="web1"})"));
  CHECK(page.contains(R"(haproxy_resolver_sent{resolver="dns",nameserver="ns1"})"));
  CHECK(page.contains(R"(haproxy_backend_agg_server_status{proxy="web",state="UP"})"));
}
