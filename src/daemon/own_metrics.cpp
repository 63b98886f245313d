#include "steward/daemon/own_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/text_serializer.h>

#include <array>

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

OwnMetrics::OwnMetrics()
    : failures_(prometheus::BuildCounter()
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

void OwnMetrics::count_failure(const std::string& instance, ErrorCode reason) {
  prometheus::Labels labels{{"reason", std::string(to_string(reason))}};
  if (!instance.empty()) labels.emplace("haproxy", instance);
  failures_.Add(labels).Increment();
}

std::string OwnMetrics::render(exposition::Format format, std::span<const ScrapeOutcome> outcomes,
                               bool with_process) const {
  std::vector<MetricFamily> families;
  if (with_process) {
    families = registry_.Collect();
    for (MetricFamily& family : process_metrics()) families.push_back(std::move(family));
  }
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
    out += line;
    out += '\n';
  }
  return out;
}

}  // namespace steward::daemon
