#include "steward/daemon/own_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <utility>

#include "steward/base/text.hpp"
#include "steward/base/version.hpp"
#include "steward/daemon/process_metrics.hpp"

namespace steward::daemon {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::array<std::string_view, 4> kParts{"tables", "resolvers", "certificates",
                                                 "old_workers"};

ClientMetric labelled(const ScrapeOutcome& outcome, double value) {
  ClientMetric metric;
  if (!outcome.instance.empty()) {
    metric.label.push_back({"haproxy", std::string(outcome.instance)});
  }
  metric.gauge.value = value;
  return metric;
}

MetricFamily durations(std::span<const ScrapeOutcome> outcomes) {
  MetricFamily family{"haproxy_steward_scrape_duration_seconds",
                      "How long HAProxy was asked for this page.",
                      MetricType::Gauge,
                      {}};
  for (const ScrapeOutcome& outcome : outcomes) {
    family.metric.push_back(labelled(outcome, outcome.seconds));
  }
  return family;
}

bool is_missing(const ScrapeOutcome& outcome, std::string_view part) {
  for (const MissingPart& missing : outcome.missing) {
    if (missing.name == part) return true;
  }
  return !outcome.up;
}

MetricFamily parts(std::span<const ScrapeOutcome> outcomes) {
  MetricFamily family{"haproxy_steward_scrape_part_success",
                      "0 for a part of the page that HAProxy refused, or of which nothing came.",
                      MetricType::Gauge,
                      {}};
  for (const ScrapeOutcome& outcome : outcomes) {
    for (const std::string_view part : kParts) {
      ClientMetric metric = labelled(outcome, is_missing(outcome, part) ? 0 : 1);
      metric.label.push_back({"part", std::string(part)});
      family.metric.push_back(std::move(metric));
    }
  }
  return family;
}

// The retired exporter's counters of itself, in both of their spellings; the older one is no
// name for a counter in OpenMetrics.
void add_legacy(std::vector<MetricFamily>& families, std::uint64_t scrapes,
                std::uint64_t malformed) {
  const auto add = [&](const char* name, MetricType type, std::uint64_t value) {
    ClientMetric metric;
    metric.counter.value = metric.untyped.value = static_cast<double>(value);
    families.push_back({name, "As haproxy_exporter counted it.", type, {metric}});
  };
  add("haproxy_exporter_scrapes_total", MetricType::Counter, scrapes);
  add("haproxy_exporter_total_scrapes", MetricType::Untyped, scrapes);
  add("haproxy_exporter_csv_parse_failures_total", MetricType::Counter, malformed);
  add("haproxy_exporter_csv_parse_failures", MetricType::Untyped, malformed);
}

}  // namespace

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::unreachable:
      return "unreachable";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::refused:
      return "refused";
    case ErrorCode::malformed:
      return "malformed";
    case ErrorCode::limit:
      return "limit";
    case ErrorCode::internal:
      break;
  }
  return "internal";
}

OwnMetrics::OwnMetrics(Further further)
    : further_(std::move(further)),
      failures_(prometheus::BuildCounter()
                    .Name("haproxy_steward_scrape_failures_total")
                    .Help("Scrapes of HAProxy that failed, by reason.")
                    .Register(registry_)) {
  prometheus::BuildGauge()
      .Name("haproxy_steward_build_info")
      .Help("Version and revision of the steward; always 1.")
      .Register(registry_)
      .Add({{"version", std::string(version())}, {"revision", std::string(revision())}})
      .Set(1);
}

void OwnMetrics::count_scrape() { ++scrapes_; }

void OwnMetrics::count_failure(const std::string& instance, ErrorCode reason) {
  prometheus::Labels labels{{"reason", std::string(to_string(reason))}};
  if (!instance.empty()) labels.emplace("haproxy", instance);
  failures_.Add(labels).Increment();
  if (reason == ErrorCode::malformed) ++malformed_;
}

std::string OwnMetrics::render(exposition::Format format, std::span<const ScrapeOutcome> outcomes,
                               const Parts& wanted) const {
  std::vector<MetricFamily> families;
  if (wanted.process) {
    families = registry_.Collect();
    for (MetricFamily& family : process_metrics()) families.push_back(std::move(family));
    if (further_) {
      for (MetricFamily& family : further_()) families.push_back(std::move(family));
    }
  }
  if (wanted.legacy) add_legacy(families, scrapes_, malformed_);
  families.push_back(durations(outcomes));
  families.push_back(parts(outcomes));
  const std::string text = prometheus::TextSerializer().Serialize(families);
  return format == exposition::Format::openmetrics_1_0 ? to_openmetrics(text) : text;
}

std::string to_openmetrics(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    const bool head = line.starts_with("# HELP ") || line.starts_with("# TYPE ");
    const std::size_t name_end = head ? line.find(' ', 7) : std::string_view::npos;
    if (head && line.substr(0, name_end).ends_with("_total")) {
      out += line.substr(0, name_end - 6);
      line.remove_prefix(name_end);
    }
    const bool untyped = line.starts_with("# TYPE ") && line.ends_with(" untyped");
    out += untyped ? std::string(line.substr(0, line.size() - 7)) + "unknown" : std::string(line);
    out += '\n';
  }
  return out;
}

}  // namespace steward::daemon
