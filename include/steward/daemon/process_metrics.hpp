// process_*: what every Prometheus client library exports of its own process, from /proc/self.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace steward::daemon {

// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
// process_open_fds, process_max_fds, process_start_time_seconds. What /proc does not tell is
// left out.
[[nodiscard]] std::vector<prometheus::MetricFamily> process_metrics();

}  // namespace steward::daemon
