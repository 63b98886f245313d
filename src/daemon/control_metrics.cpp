#include "steward/daemon/control_metrics.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace steward::daemon {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

Family<Counter>& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histogram(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

// The enumerators that come first, up to the last live one.
template <class E>
std::vector<E> live_ones() {
  std::vector<E> all;
  for (int i = 0; control::live(static_cast<E>(i)); ++i) all.push_back(static_cast<E>(i));
  return all;
}

// From a transaction on a quiet machine to one that waits for its deadline.
Histogram::BucketBoundaries buckets() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

}  // namespace

ControlMetrics::ControlMetrics()
    : actions_(
          counter(registry_, "haproxy_steward_actions_total",
                  "What became of alerts and manual actions, one for each server they meant.")),
      refusals_(counter(registry_, "haproxy_steward_guard_refusals_total",
                        "Overrides that a guard deferred or rejected when they were asked for.")),
      events_(counter(registry_, "haproxy_steward_audit_events_total",
                      "Lines of the audit log, by what happened.")),
      commands_(
          counter(registry_, "haproxy_steward_commands_total", "Changes that HAProxy was told.")),
      requests_(counter(registry_, "haproxy_steward_http_requests_total",
                        "Requests to the control listener.")),
      denied_(counter(registry_, "haproxy_steward_http_denied_total",
                      "Requests to the control listener without the right credentials.")),
      truncated_(counter(registry_, "haproxy_steward_truncated_alerts_total",
                         "Alerts that Alertmanager left out of its payloads (max_alerts).")
                     .Add({})),
      overrides_(gauge(registry_, "haproxy_steward_overrides", "Overrides, by phase.")),
      waiting_(gauge(registry_, "haproxy_steward_overrides_waiting",
                     "Overrides that a guard, or fail open (suspended), keeps from being in "
                     "force.")),
      memberships_(gauge(registry_, "haproxy_steward_memberships",
                         "Servers that were added or removed, by stage.")),
      rollouts_(gauge(registry_, "haproxy_steward_rollouts", "Rollouts under way, by phase.")),
      reachable_(gauge(registry_, "haproxy_steward_instance_up",
                       "Whether HAProxy answered when its state was compared last.")),
      returns_held_(
          gauge(registry_, "haproxy_steward_returns_held",
                "Overrides that have ended, and stay in force because their way back would leave "
                "too few servers.")
              .Add({})),
      unclear_(gauge(registry_, "haproxy_steward_settings_unclear",
                     "Settings of servers of which HAProxy does not tell whose they are: left as "
                     "they are.")
                   .Add({})),
      stuck_(gauge(registry_, "haproxy_steward_settings_stuck",
                   "Settings of servers that HAProxy does not take back.")
                 .Add({})),
      paused_(
          gauge(registry_, "haproxy_steward_automation_paused", "1 while alerts are not acted on.")
              .Add({})),
      ledger_up_(gauge(registry_, "haproxy_steward_ledger_up",
                       "Whether the last write to the ledger succeeded.")
                     .Add({})),
      ledger_bytes_(
          gauge(registry_, "haproxy_steward_ledger_bytes", "Size of the ledger.").Add({})),
      audit_lines_(gauge(registry_, "haproxy_steward_audit_sequence",
                         "Number of the newest line of the audit log.")
                       .Add({})),
      reload_good_(gauge(registry_, "haproxy_steward_config_last_reload_successful",
                         "Whether the last reload of the configuration succeeded.")
                       .Add({})),
      reload_time_(gauge(registry_, "haproxy_steward_config_last_reload_success_timestamp_seconds",
                         "When the configuration was loaded last.")
                       .Add({})),
      commits_(histogram(registry_, "haproxy_steward_ledger_commit_duration_seconds",
                         "Until a decision was durable.")
                   .Add({}, buckets())),
      reconciles_(histogram(registry_, "haproxy_steward_reconcile_duration_seconds",
                            "One comparison of HAProxy with the wishes, commands included.")),
      durations_(histogram(registry_, "haproxy_steward_http_request_duration_seconds",
                           "Until a request to the control listener was answered.")) {
  ledger_up_.Set(1);
}

// Counters are looked up by all their labels under a lock: once for each set, not for each alert.
void ControlMetrics::count(const control::Report& report, bool manual) {
  std::map<std::pair<control::Did, control::Mode>, double> results;
  std::map<control::Guard, double> guards;
  for (const control::Outcome& outcome : report.outcomes) {
    ++results[{outcome.did, outcome.mode}];
    if (outcome.guard != control::Guard::none) ++guards[outcome.guard];
  }
  for (const auto& [kind, number] : results) {
    const bool shadow = kind.second == control::Mode::shadow;
    actions_
        .Add({{"origin", manual ? "manual" : "alert"},
              {"result", std::string(to_string(kind.first))},
              {"mode", shadow ? "shadow" : "enforce"}})
        .Increment(number);
  }
  for (const auto& [guard, number] : guards) {
    refusals_.Add({{"guard", std::string(to_string(guard))}}).Increment(number);
  }
  if (report.truncated > 0) truncated_.Increment(static_cast<double>(report.truncated));
}

void ControlMetrics::count_events(const std::vector<control::AuditRecord>& lines) {
  std::map<std::string_view, double> events;
  for (const control::AuditRecord& line : lines) ++events[line.event];
  for (const auto& [event, number] : events) {
    events_.Add({{"event", std::string(event)}}).Increment(number);
  }
}

void ControlMetrics::set_tally(const control::Tally& tally) {
  for (std::size_t i = 1; i < control::kGuardCount; ++i) {
    const auto guard = static_cast<control::Guard>(i);
    waiting_.Add({{"guard", std::string(to_string(guard))}})
        .Set(static_cast<double>(tally.waiting(guard)));
  }
  returns_held_.Set(static_cast<double>(tally.returns_held()));
  unclear_.Set(static_cast<double>(tally.unclear()));
  stuck_.Set(static_cast<double>(tally.stuck()));
}

void ControlMetrics::set_counts(const control::Book& book) {
  set_tally(book.tally());
  for (const auto phase : live_ones<control::Phase>()) {
    overrides_.Add({{"phase", std::string(to_string(phase))}})
        .Set(static_cast<double>(book.count(phase)));
  }
  for (const auto stage : live_ones<control::Stage>()) {
    const auto count = std::ranges::count_if(
        book.memberships(), [&](const auto& each) { return each.second.stage == stage; });
    memberships_.Add({{"stage", std::string(to_string(stage))}}).Set(static_cast<double>(count));
  }
  for (const auto phase : live_ones<control::RolloutPhase>()) {
    const auto count = std::ranges::count_if(
        book.rollouts(), [&](const auto& each) { return each.second.phase == phase; });
    rollouts_.Add({{"phase", std::string(to_string(phase))}}).Set(static_cast<double>(count));
  }
}

void ControlMetrics::set_paused(bool paused) { paused_.Set(paused ? 1 : 0); }

void ControlMetrics::observe_commit(double seconds, bool good) {
  commits_.Observe(seconds);
  ledger_up_.Set(good ? 1 : 0);
}

void ControlMetrics::set_ledger(std::uint64_t bytes, std::uint64_t audit_lines) {
  ledger_bytes_.Set(static_cast<double>(bytes));
  audit_lines_.Set(static_cast<double>(audit_lines));
}

void ControlMetrics::observe_reconcile(const std::string& instance, double seconds) {
  reconciles_.Add({{"haproxy", instance}}, buckets()).Observe(seconds);
}

void ControlMetrics::set_reachable(const std::string& instance, bool reachable) {
  reachable_.Add({{"haproxy", instance}}).Set(reachable ? 1 : 0);
}

void ControlMetrics::count_commands(const std::string& instance, std::size_t commands) {
  commands_.Add({{"haproxy", instance}}).Increment(static_cast<double>(commands));
}

void ControlMetrics::observe_request(const std::string& handler, int status, double seconds) {
  requests_.Add({{"handler", handler}, {"code", std::to_string(status)}}).Increment();
  durations_.Add({{"handler", handler}}, buckets()).Observe(seconds);
}

void ControlMetrics::count_denied(const std::string& code) {
  denied_.Add({{"code", code}}).Increment();
}

void ControlMetrics::set_reload(bool good, double wall_seconds) {
  reload_good_.Set(good ? 1 : 0);
  if (good) reload_time_.Set(wall_seconds);
}

std::vector<prometheus::MetricFamily> ControlMetrics::collect() const {
  return registry_.Collect();
}

}  // namespace steward::daemon
