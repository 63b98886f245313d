// The steward's metrics about itself, kept in a prometheus-cpp registry.
#pragma once

#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "steward/daemon/collector.hpp"
#include "steward/exposition/family.hpp"

namespace steward::daemon {

// How one HAProxy's scrape went.
struct ScrapeOutcome {
  std::string_view instance;  // for the label haproxy=; empty: no such label
  bool up = false;
  double seconds = 0;
  std::span<const MissingPart> missing;
};

// Thread-safe.
class OwnMetrics {
 public:
  // More families of the process's own, asked for at each page.
  using Further = std::function<std::vector<prometheus::MetricFamily>()>;

  explicit OwnMetrics(Further further = {});

  void count_scrape();  // of one HAProxy
  void count_failure(const std::string& instance, ErrorCode reason);

  // What is kept, and the outcome of the scrapes of this page, in the page's format.
  // A page of /probe goes without what is about the process.
  struct Parts {
    bool process = true;  // process_* and what is kept
    bool legacy = false;  // the retired exporter's haproxy_exporter_*
  };
  [[nodiscard]] std::string render(exposition::Format format,
                                   std::span<const ScrapeOutcome> outcomes,
                                   const Parts& wanted) const;

 private:
  const Further further_;
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& failures_;
  std::atomic<std::uint64_t> scrapes_{0}, malformed_{0};
};

// prometheus-cpp writes counters as text 0.0.4 wants them; OpenMetrics wants their HELP and TYPE
// lines without "_total".
[[nodiscard]] std::string to_openmetrics(std::string_view text);

[[nodiscard]] std::string_view to_string(ErrorCode code);

}  // namespace steward::daemon
