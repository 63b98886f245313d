#include "steward/daemon/own_metrics.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;
using namespace steward::daemon;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the steward tells its version, its process and how the scrape went") {
  OwnMetrics own;
  own.count_failure("", ErrorCode::timed_out);
  const std::vector<MissingPart> missing{{"tables", {}}};
  const std::vector<ScrapeOutcome> outcomes{{"", true, 0.25, missing}};
  const std::string text = own.render(exposition::Format::text_0_0_4, outcomes, {});
  CHECK(has(text, "haproxy_steward_build_info{"));
  CHECK(has(text, "haproxy_steward_scrape_failures_total{reason=\"timed_out\"} 1\n"));
  CHECK(has(text, "haproxy_steward_scrape_duration_seconds 0.25\n"));
  CHECK(has(text, "haproxy_steward_scrape_part_success{part=\"tables\"} 0\n"));
  CHECK(has(text, "haproxy_steward_scrape_part_success{part=\"resolvers\"} 1\n"));
  for (const char* name :
       {"cpu_seconds_total", "resident_memory_bytes", "open_fds", "start_time_seconds"}) {
    CHECK(has(text, std::string("\nprocess_") + name + " "));
  }
}

TEST_CASE("the page of a probe goes without what is about the process") {
  const std::string text = OwnMetrics().render(exposition::Format::text_0_0_4, {}, {false, false});
  CHECK_FALSE(has(text, "process_"));
  CHECK_FALSE(has(text, "build_info"));
}

TEST_CASE("the retired exporter's counters come with compat only") {
  OwnMetrics own;
  own.count_scrape();
  own.count_failure("", ErrorCode::malformed);
  CHECK_FALSE(has(own.render(exposition::Format::text_0_0_4, {}, {}), "haproxy_exporter_"));
  const std::string text = own.render(exposition::Format::openmetrics_1_0, {}, {true, true});
  CHECK(has(text, "\nhaproxy_exporter_scrapes_total 1\n"));
  CHECK(has(text, "# TYPE haproxy_exporter_total_scrapes unknown\n"));
  CHECK(has(text, "\nhaproxy_exporter_csv_parse_failures_total 1\n"));
}

TEST_CASE("in OpenMetrics a counter's family is named without _total") {
  CHECK(to_openmetrics("# HELP a_total A.\n# TYPE a_total counter\na_total{x=\"y\"} 1\n") ==
        "# HELP a A.\n# TYPE a counter\na_total{x=\"y\"} 1\n");
  CHECK(to_openmetrics("# TYPE b gauge\nb 1\n") == "# TYPE b gauge\nb 1\n");
}
