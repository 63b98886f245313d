#include "steward/exposition/page.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/page.hpp"
#include "support/snapshots.hpp"

using namespace steward;
using namespace steward::exposition;

namespace {

const std::string kHeader =
    "# pxname,svname,scur,slim,bin,status,act,type,check_status,check_code,check_duration,"
    "hrsp_2xx,mode,algo,-,h2_open_streams,h2_total_streams,\n";

stats::Snapshot snapshot_of(const std::string& rows) {
  stats::Snapshot snapshot;
  snapshot.stat = REQUIRE_OK(stats::parse_stat(kHeader + rows + "\n"));
  return snapshot;
}

const std::string kWeb =
    "www,FRONTEND,1,,10,OPEN,,0,,,,5,http,,-,2,9,\n"
    "db,FRONTEND,1,,10,OPEN,,0,,,,,tcp,,-,0,0,\n"
    "web,web1,3,50,20,UP,1,2,L7OK,200,8,5,http,,,,,\n"
    "web,web2,0,,0,MAINT,1,2,,,,0,http,,,,,\n"
    "web,BACKEND,3,,20,UP,1,1,,,,5,http,roundrobin,,,,\n";

bool has(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a HAProxy that is down is one series, and nothing else") {
  const PageInstance down{"", nullptr};
  CHECK(test::page_text({&down, 1}) ==
        "# HELP haproxy_up 1 if the last scrape of HAProxy was whole.\n"
        "# TYPE haproxy_up gauge\n"
        "haproxy_up 0\n");
}

TEST_CASE("each kind of row has its own names and labels") {
  const std::string page = test::page_text(snapshot_of(kWeb));
  CHECK(has(page, "\nhaproxy_up 1\n"));
  CHECK(has(page, "\nhaproxy_frontend_current_sessions{proxy=\"www\"} 1\n"));
  CHECK(has(page, "\nhaproxy_backend_current_sessions{proxy=\"web\"} 3\n"));
  CHECK(has(page, "\nhaproxy_server_current_sessions{proxy=\"web\",server=\"web1\"} 3\n"));
  CHECK(has(page, "\nhaproxy_backend_active_servers{proxy=\"web\"} 1\n"));
  CHECK(has(page, "\nhaproxy_server_active{proxy=\"web\",server=\"web1\"} 1\n"));
}

TEST_CASE("the lines of a family stand together, behind its HELP and TYPE") {
  const std::string page = test::page_text(snapshot_of(kWeb));
  CHECK(has(page,
            "# TYPE haproxy_server_bytes_in_total counter\n"
            "haproxy_server_bytes_in_total{proxy=\"web\",server=\"web1\"} 20\n"
            "haproxy_server_bytes_in_total{proxy=\"web\",server=\"web2\"} 0\n# HELP"));
}

TEST_CASE("a value HAProxy does not have is absent") {
  const std::string page = test::page_text(snapshot_of(kWeb));
  CHECK(has(page, "haproxy_server_limit_sessions{proxy=\"web\",server=\"web1\"} 50\n"));
  CHECK_FALSE(has(page, "haproxy_server_limit_sessions{proxy=\"web\",server=\"web2\"}"));
  CHECK_FALSE(has(page, "NaN"));
}

TEST_CASE("a state is one series for each it can be in") {
  const std::string page = test::page_text(snapshot_of(kWeb));
  CHECK(has(page, "haproxy_server_status{proxy=\"web\",server=\"web1\",state=\"UP\"} 1\n"));
  CHECK(has(page, "haproxy_server_status{proxy=\"web\",server=\"web1\",state=\"MAINT\"} 0\n"));
  CHECK(has(page, "haproxy_server_status{proxy=\"web\",server=\"web2\",state=\"MAINT\"} 1\n"));
  CHECK(has(page, "haproxy_server_check_status{proxy=\"web\",server=\"web1\",state=\"L7OK\"} 1"));
  CHECK_FALSE(has(page, "haproxy_server_check_status{proxy=\"web\",server=\"web2\""));
  CHECK(has(page, "haproxy_backend_agg_server_status{proxy=\"web\",state=\"MAINT\"} 1\n"));
}

TEST_CASE("a check that ended in none of the known ways is in none of the states") {
  const std::string page =
      test::page_text(snapshot_of("web,web1,3,50,20,UP,1,2,CHECKED,,8,5,http,,,,,\n"));
  CHECK(has(page, "haproxy_server_check_status{proxy=\"web\",server=\"web1\",state=\"L7OK\"} 0"));
  CHECK_FALSE(
      has(page, "haproxy_server_check_status{proxy=\"web\",server=\"web1\",state=\"L7OK\"} 1"));
}

TEST_CASE("HTTP metrics are left out for proxies in mode tcp") {
  const std::string page = test::page_text(snapshot_of(kWeb));
  CHECK(has(page, "haproxy_frontend_http_responses_total{proxy=\"www\",code=\"2xx\"} 5\n"));
  CHECK_FALSE(has(page, "haproxy_frontend_http_responses_total{proxy=\"db\""));
}

TEST_CASE("durations are seconds") {
  CHECK(has(test::page_text(snapshot_of(kWeb)),
            "haproxy_server_check_duration_seconds{proxy=\"web\",server=\"web1\"} 0.008\n"));
}

TEST_CASE("names are escaped, and bytes that are not UTF-8 replaced") {
  const std::string page =
      test::page_text(snapshot_of("\"a\"\"b\\\nc\xFF\",BACKEND,1,,1,UP,1,1,,,,0,http,,,,,\n"));
  CHECK(has(page, "haproxy_backend_current_sessions{proxy=\"a\\\"b\\\\\\nc\xEF\xBF\xBD\"} 1\n"));
}

TEST_CASE("module counters come on request, with their module and by their nature") {
  PageOptions options;
  CHECK_FALSE(has(test::page_text(snapshot_of(kWeb), options), "h2_"));
  options.selection.extra_counters = true;
  const std::string page = test::page_text(snapshot_of(kWeb), options);
  CHECK(has(page, "haproxy_frontend_h2_open_streams{proxy=\"www\",mod=\"h2\"} 2\n"));
  CHECK(has(page, "# TYPE haproxy_frontend_h2_open_streams gauge\n"));
  CHECK(has(page, "# TYPE haproxy_frontend_h2_total_streams counter\n"));
}

TEST_CASE("filters leave out rows and families, and no-maint servers in maintenance") {
  PageOptions options;
  options.selection = REQUIRE_OK(parse_selection(
      {{"no-maint", ""}, {"scope", "server"}, {"metrics", "haproxy_server_current_sessions"}}));
  CHECK(test::page_text(snapshot_of(kWeb), options) ==
        "# HELP haproxy_server_current_sessions Sessions now.\n"
        "# TYPE haproxy_server_current_sessions gauge\n"
        "haproxy_server_current_sessions{proxy=\"web\",server=\"web1\"} 3\n");
  options.selection = REQUIRE_OK(parse_selection({{"proxy", "w.*"}, {"server", "web2"}}));
  const std::string page = test::page_text(snapshot_of(kWeb), options);
  CHECK_FALSE(has(page, "proxy=\"db\""));
  CHECK_FALSE(has(page, "server=\"web1\""));
  CHECK(has(page, "server=\"web2\""));
  // Aggregates are of the whole backend, whatever servers are shown.
  CHECK(has(page, "haproxy_backend_agg_server_status{proxy=\"web\",state=\"UP\"} 1\n"));
}

TEST_CASE("compat adds the retired exporter's labels and names") {
  PageOptions options;
  options.legacy = true;
  const std::string page = test::page_text(snapshot_of(kWeb), options);
  CHECK(has(page, "haproxy_server_up{proxy=\"web\",backend=\"web\",server=\"web1\"} 1\n"));
  CHECK(has(page, "haproxy_server_up{proxy=\"web\",backend=\"web\",server=\"web2\"} 0\n"));
  CHECK(has(page, "haproxy_frontend_current_sessions{proxy=\"www\",frontend=\"www\"} 1\n"));
  CHECK(has(page,
            "haproxy_server_check_duration_milliseconds{proxy=\"web\",backend=\"web\","
            "server=\"web1\"} 8\n"));
}

TEST_CASE("OpenMetrics names a counter's family without _total and ends in EOF") {
  PageOptions options;
  options.format = Format::openmetrics_1_0;
  const std::string page = test::page_text(snapshot_of(kWeb), options);
  CHECK(has(page,
            "# TYPE haproxy_server_bytes_in counter\n"
            "haproxy_server_bytes_in_total{proxy=\"web\",server=\"web1\"} 20\n"));
  CHECK(page.ends_with("\n# EOF\n"));
}

TEST_CASE("several HAProxies share the families, told apart by a label") {
  const auto one = snapshot_of(kWeb), two = snapshot_of(kWeb);
  const std::vector<PageInstance> instances{{"lb1", &one}, {"lb2", nullptr}, {"lb3", &two}};
  const std::string page = test::page_text(instances);
  CHECK(has(page, "haproxy_up{haproxy=\"lb1\"} 1\nhaproxy_up{haproxy=\"lb2\"} 0\n"));
  CHECK(has(page,
            "haproxy_backend_current_sessions{haproxy=\"lb1\",proxy=\"web\"} 3\n"
            "haproxy_backend_current_sessions{haproxy=\"lb3\",proxy=\"web\"} 3\n"));
  CHECK(test::samples(page).size() > 50);
}

TEST_CASE("servers are joined with what `show servers state` says of them") {
  const std::string page = test::page_text(test::captured_snapshot("3.2.26"));
  CHECK(has(page,
            "haproxy_server_info{proxy=\"web\",server=\"web1\",address=\"127.0.0.1\","
            "port=\"48835\",fqdn=\"\"} 1\n"));
  CHECK(has(page,
            "haproxy_server_info{proxy=\"db\",server=\"tmpl1\",address=\"\",port=\"5432\","
            "fqdn=\"db.example.org\"} 1\n"));
  CHECK(has(page,
            "haproxy_server_admin_state{proxy=\"web\",server=\"maint\","
            "state=\"forced_maint\"} 1\n"));
  CHECK(has(page,
            "haproxy_server_admin_state{proxy=\"web\",server=\"drained\","
            "state=\"forced_drain\"} 1\n"));
  CHECK(has(page, "haproxy_server_initial_weight{proxy=\"web\",server=\"web1\"} 100\n"));
  CHECK(has(page, "haproxy_backend_info{proxy=\"web\",mode=\"http\",algorithm=\"roundrobin\"} 1"));
}

TEST_CASE("servers are joined by name when the two answers differ in order or in servers") {
  stats::Snapshot snapshot = snapshot_of(kWeb);
  snapshot.servers = REQUIRE_OK(stats::parse_servers_state(
      "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "
      "srv_iweight srv_check_state srv_agent_state srv_fqdn srv_port\n"
      "1 web 9 gone 10.0.0.9 2 0 1 9 0 0 - 80\n"
      "1 web 2 web2 10.0.0.2 0 1 1 2 0 0 - 80\n"
      "1 web 1 web1 10.0.0.1 2 0 1 1 0 0 - 80\n\n"));
  const std::string page = test::page_text(snapshot);
  CHECK(has(page, "haproxy_server_initial_weight{proxy=\"web\",server=\"web1\"} 1\n"));
  CHECK(has(page, "haproxy_server_initial_weight{proxy=\"web\",server=\"web2\"} 2\n"));
  CHECK_FALSE(has(page, "gone"));
}

TEST_CASE("old workers are shown in small, by pid; none is a number, too") {
  stats::Snapshot snapshot = snapshot_of(kWeb);
  CHECK_FALSE(has(test::page_text(snapshot), "haproxy_old_workers"));
  snapshot.old_workers.emplace();
  CHECK(has(test::page_text(snapshot), "\nhaproxy_old_workers 0\n"));
  stats::Worker worker;
  worker.pid = 77;
  worker.old = true;
  snapshot.old_workers->push_back(
      {worker, {}, REQUIRE_OK(stats::parse_stat(kHeader + kWeb + "\n"))});
  const std::string page = test::page_text(snapshot);
  CHECK(has(page, "\nhaproxy_old_workers 1\n"));
  CHECK(has(page, "haproxy_old_worker_frontend_current_sessions{pid=\"77\",proxy=\"www\"} 1\n"));
}

TEST_CASE("a page nobody wants any more ends early") {
  const auto snapshot = snapshot_of(kWeb);
  const PageInstance one{"", &snapshot};
  CHECK_FALSE(write_page({&one, 1}, {}, "", [](std::string_view) { return false; }));
}
