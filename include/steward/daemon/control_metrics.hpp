// The metrics of the control loop, kept in a prometheus-cpp registry. Labels are of fixed sets or
// of the configuration: no server, alert or id is ever one.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <string>
#include <string_view>
#include <vector>

#include "steward/control/audit.hpp"
#include "steward/control/book.hpp"
#include "steward/control/report.hpp"

namespace steward::daemon {

// Thread-safe.
class ControlMetrics {
 public:
  ControlMetrics();

  // haproxy_steward_actions_total{origin,result,mode}, haproxy_steward_guard_refusals_total{guard}
  void count(const control::Report& report, bool manual);
  // haproxy_steward_audit_events_total{event}: of the audit
  void count_events(const std::vector<control::AuditRecord>& lines);
  // haproxy_steward_overrides{phase}, haproxy_steward_memberships{stage},
  // haproxy_steward_rollouts{phase}: those that are live; haproxy_steward_overrides_waiting{guard},
  // haproxy_steward_returns_held, haproxy_steward_settings_unclear, haproxy_steward_settings_stuck
  void set_counts(const control::Book& book);
  void set_paused(bool paused);
  // haproxy_steward_ledger_commit_duration_seconds, haproxy_steward_ledger_up
  void observe_commit(double seconds, bool good);
  void set_ledger(std::uint64_t bytes, std::uint64_t audit_lines);
  // haproxy_steward_reconcile_duration_seconds{haproxy}, haproxy_steward_instance_up{haproxy}
  void observe_reconcile(const std::string& instance, double seconds);
  void set_reachable(const std::string& instance, bool reachable);
  void count_commands(const std::string& instance, std::size_t commands);
  // haproxy_steward_http_requests_total{handler,code}, …_duration_seconds{handler}: of the
  // control listener
  void observe_request(const std::string& handler, int status, double seconds);
  void count_denied(const std::string& code);
  // haproxy_steward_config_last_reload_successful, …_success_timestamp_seconds
  void set_reload(bool good, double wall_seconds);

  [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const;

 private:
  void set_tally(const control::Tally& tally);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>&actions_, &refusals_, &events_, &commands_, &requests_,
      &denied_;
  prometheus::Counter& truncated_;
  prometheus::Family<prometheus::Gauge>&overrides_, &waiting_, &memberships_, &rollouts_,
      &reachable_;
  prometheus::Gauge &returns_held_, &unclear_, &stuck_, &paused_, &ledger_up_, &ledger_bytes_,
      &audit_lines_, &reload_good_, &reload_time_;
  prometheus::Histogram& commits_;
  prometheus::Family<prometheus::Histogram>&reconciles_, &durations_;
};

}  // namespace steward::daemon
