// The live overrides as metrics: which server is held, by whom, why and until when. A series for
// each, under its id; they go when the override ends. How many there are at most is the caller's
// business (limits::kOverrideSeries): ids, unlike what ControlMetrics has, are of no fixed set.
#pragma once

#include <prometheus/metric_family.h>

#include <span>
#include <vector>

#include "steward/control/override.hpp"

namespace steward::daemon {

// haproxy_steward_override_info{haproxy,override,proxy,server,setting,value,phase,guard,origin,by,
// reason}, always 1: `by` is the rule of an alert's and the principal of a manual one;
// haproxy_steward_override_created_timestamp_seconds{haproxy,override} and, where there is a lease,
// haproxy_steward_override_expires_timestamp_seconds{haproxy,override}.
[[nodiscard]] std::vector<prometheus::MetricFamily> override_metrics(
    std::span<const control::Override> overrides);

}  // namespace steward::daemon
