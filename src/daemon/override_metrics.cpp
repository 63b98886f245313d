#include "steward/daemon/override_metrics.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::daemon {
namespace {

using control::Override;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric identified(const Override& each, double value) {
  ClientMetric metric;
  metric.label = {{"haproxy", each.target.instance}, {"override", each.id}};
  metric.gauge.value = value;
  return metric;
}

// A label without a value is none: what does not apply is left out.
void add_label(ClientMetric& metric, const char* name, std::string_view value) {
  if (!value.empty()) metric.label.push_back({name, std::string(value)});
}

// People write reasons, and a label is no place for a long one: the API has the whole.
ClientMetric info(const Override& each) {
  const bool manual = !each.origin.from_alert();
  const bool held = each.guard != control::Guard::none;
  ClientMetric metric = identified(each, 1);
  add_label(metric, "proxy", each.target.backend);
  add_label(metric, "server", each.target.server);
  add_label(metric, "setting", to_string(each.value.setting));
  add_label(metric, "value", to_string(each.value));
  add_label(metric, "phase", to_string(each.phase));
  add_label(metric, "guard", held ? to_string(each.guard) : "");
  add_label(metric, "origin", manual ? "manual" : "alert");
  add_label(metric, "by", manual ? each.origin.principal : each.origin.rule);
  add_label(metric, "reason", printable(each.reason, limits::kReasonLabelBytes));
  return metric;
}

double seconds(Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

}  // namespace

std::vector<MetricFamily> override_metrics(std::span<const Override> overrides) {
  MetricFamily infos{"haproxy_steward_override_info",
                     fmt::format("Live overrides, at most the newest {}: who wants what of which "
                                 "server, and why; always 1.",
                                 limits::kOverrideSeries),
                     MetricType::Gauge,
                     {}};
  MetricFamily created{"haproxy_steward_override_created_timestamp_seconds",
                       "When an override was asked for.",
                       MetricType::Gauge,
                       {}};
  MetricFamily expires{"haproxy_steward_override_expires_timestamp_seconds",
                       "When the lease of an override ends; none: not before it is released.",
                       MetricType::Gauge,
                       {}};
  for (const Override& each : overrides) {
    infos.metric.push_back(info(each));
    created.metric.push_back(identified(each, seconds(each.created)));
    if (each.expires) expires.metric.push_back(identified(each, seconds(*each.expires)));
  }
  return {std::move(infos), std::move(created), std::move(expires)};
}

}  // namespace steward::daemon
