#include "steward/http/metrics_routes.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;
using namespace steward::http;
using namespace std::chrono_literals;

namespace {

Request request(std::string path, std::string method = "GET") {
  Request made;
  made.method = std::move(method);
  made.path = std::move(path);
  return made;
}

std::string whole_body(const Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
  std::string body;
  CHECK(std::get<BodyStream>(response.body)([&](std::string_view bytes) {
    body += bytes;
    return true;
  }));
  return body;
}

// An exporter of HAProxies that are not there.
daemon::Exporter exporter(std::size_t instances = 1) {
  config::Config config;
  config.log.level = "off";
  for (std::size_t i = 0; i < instances; ++i) {
    config.instances.push_back({fmt::format("lb{}", i), UnixAddress{"/nonexistent.sock"}, {}});
  }
  return {config, daemon::make_log(config.log)};
}

}  // namespace

TEST_CASE("a HAProxy that is not there is 200 with haproxy_up 0") {
  auto one = exporter();
  const Response response = metrics_handler(one, "/metrics")(request("/metrics"));
  CHECK(response.status == 200);
  const std::string body = whole_body(response);
  CHECK(body.find("\nhaproxy_up 0\n") != std::string::npos);
  CHECK(body.find("haproxy_process_") == std::string::npos);
}

TEST_CASE("several HAProxies are told apart by a label, one by itself has none") {
  auto two = exporter(2);
  const Handler handler = metrics_handler(two, "/metrics");
  CHECK(whole_body(handler(request("/metrics"))).find("haproxy_up{haproxy=\"lb1\"} 0\n") !=
        std::string::npos);
  Request probe = request("/probe");
  probe.query = {{"target", "lb1"}};
  CHECK(whole_body(handler(probe)).find("\nhaproxy_up 0\n") != std::string::npos);
}

TEST_CASE("a probe needs a target that is configured, and takes no address") {
  auto one = exporter();
  const Handler handler = metrics_handler(one, "/metrics");
  CHECK(handler(request("/probe")).status == 400);
  Request probe = request("/probe");
  probe.query = {{"target", "unix:/etc/passwd"}};
  CHECK(handler(probe).status == 404);
}

TEST_CASE("bad parameters are 400 with a sentence") {
  auto one = exporter();
  Request bad = request("/metrics");
  bad.query = {{"proxy", "("}};
  const Response response = metrics_handler(one, "/metrics")(bad);
  CHECK(response.status == 400);
  CHECK(whole_body(response).find("regular expression") != std::string::npos);
}

TEST_CASE("the format is the one the client asked for") {
  auto one = exporter();
  const Handler handler = metrics_handler(one, "/metrics");
  Request open = request("/metrics");
  open.headers = {{"Accept", "application/openmetrics-text;version=1.0.0"}};
  const Response response = handler(open);
  CHECK(response.content_type.starts_with("application/openmetrics-text"));
  CHECK(whole_body(response).ends_with("# EOF\n"));
  CHECK(handler(request("/metrics")).content_type.starts_with("text/plain; version=0.0.4"));
}

TEST_CASE("there are a landing page, health and readiness; nothing else, and no other method") {
  auto one = exporter();
  const Handler handler = metrics_handler(one, "/m");
  CHECK(whole_body(handler(request("/"))).find("href=\"/m\"") != std::string::npos);
  CHECK(handler(request("/-/healthy")).status == 200);
  CHECK(handler(request("/-/ready")).status == 200);
  CHECK(handler(request("/metrics")).status == 404);
  CHECK(handler(request("/m", "POST")).status == 405);
}

TEST_CASE("Prometheus's scrape timeout leaves half a second for the way back") {
  Request scrape = request("/metrics");
  CHECK_FALSE(scrape_time(scrape));
  const auto with = [&](const char* value) {
    scrape.headers = {{"X-Prometheus-Scrape-Timeout-Seconds", value}};
    return scrape_time(scrape);
  };
  CHECK(with("10") == 9'500ms);
  CHECK(with("10.000000") == 9'500ms);
  CHECK(with("0.4") == 200ms);
  CHECK(with("1e9") == 120s);
  for (const char* bad : {"", "x", "-1", "nan", "inf", "10s"}) CHECK_FALSE(with(bad));
}
