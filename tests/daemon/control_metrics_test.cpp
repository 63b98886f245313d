#include "steward/daemon/control_metrics.hpp"

#include <prometheus/text_serializer.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "steward/control/event.hpp"

using namespace steward;
using namespace steward::daemon;
using Catch::Matchers::ContainsSubstring;

namespace {

control::Override waiting(const std::string& id, control::Guard guard) {
  control::Override each;
  each.id = id;
  each.target = {"lb1", "web", "web" + id};
  each.guard = guard;
  return each;
}

std::string page_of(const ControlMetrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.collect());
}

}  // namespace

TEST_CASE("what waits, is held, unclear or stuck is a gauge each") {
  control::Book book;
  book.put(waiting("1", control::Guard::rate));
  book.put(waiting("2", control::Guard::suspended));
  book.put(waiting("3", control::Guard::suspended));
  control::Override returning = waiting("4", control::Guard::min_available);
  returning.phase = control::Phase::releasing;
  book.put(returning);
  control::Hold hold;
  hold.target = {"lb1", "web", "web5"};
  hold.unclear = hold.stuck = true;
  book.put(hold);
  ControlMetrics metrics;
  metrics.set_counts(book);
  const std::string text = page_of(metrics);
  for (const char* line :
       {"haproxy_steward_overrides_waiting{guard=\"rate\"} 1\n",
        "haproxy_steward_overrides_waiting{guard=\"suspended\"} 2\n",
        "haproxy_steward_overrides_waiting{guard=\"min_available\"} 0\n",
        "haproxy_steward_returns_held 1\n", "haproxy_steward_settings_unclear 1\n",
        "haproxy_steward_settings_stuck 1\n"}) {
    CHECK_THAT(text, ContainsSubstring(line));
  }
}

TEST_CASE("events of settings are counted as those of overrides are") {
  ControlMetrics metrics;
  std::vector<control::AuditRecord> lines;
  for (const auto event :
       {control::Event::suspended, control::Event::unsuspended, control::Event::held,
        control::Event::unclear, control::Event::by_hand}) {
    control::AuditRecord line;
    line.event = to_string(event);
    lines.push_back(line);
  }
  metrics.count_events(lines);
  const std::string text = page_of(metrics);
  for (const char* event : {"suspended", "unsuspended", "held", "unclear", "by_hand"}) {
    CHECK_THAT(text, ContainsSubstring("haproxy_steward_audit_events_total{event=\"" +
                                       std::string(event) + "\"} 1\n"));
  }
}
