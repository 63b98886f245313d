// The steward's metrics about itself, kept in a prometheus-cpp registry.
#pragma once

#include <prometheus/registry.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

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
  OwnMetrics();

  void count_failure(const std::string& instance, ErrorCode reason);

  // What is kept, and the outcome of the scrapes of this page, in the page's format.
  // `with_process`: process_* and what is kept, too; a page of /probe goes without.
  [[nodiscard]] std::string render(exposition::Format format,
                                   std::span<const ScrapeOutcome> outcomes,
                                   bool with_process) const;

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& failures_;
};

// prometheus-cpp writes counters as text 0.0.4 wants them; OpenMetrics wants their HELP and TYPE
// lines without "_total".
[[nodiscard]] std::string to_openmetrics(std::string_view text);

[[nodiscard]] std::string_view to_string(ErrorCode code);

}  // namespace steward::daemon
