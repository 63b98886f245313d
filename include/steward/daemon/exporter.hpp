// A request for metrics → a page: scrapes the HAProxies it is about, at the same time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "steward/config/config.hpp"
#include "steward/daemon/collector.hpp"
#include "steward/daemon/log.hpp"
#include "steward/daemon/own_metrics.hpp"
#include "steward/exposition/page.hpp"
#include "steward/runtime/socket.hpp"

namespace steward::daemon {

struct PageRequest {
  exposition::Format format = exposition::Format::text_0_0_4;
  exposition::Selection selection;
  std::optional<std::string> target;                   // one instance, by name; nothing: all
  std::optional<std::chrono::milliseconds> time_left;  // as the client says
};

// A page ready to be written, once or often. Holds the snapshots alive.
class Page {
 public:
  [[nodiscard]] bool write(const exposition::Sink& sink) const;

 private:
  friend class Exporter;
  struct Part {
    std::string label;
    Result<std::shared_ptr<const Collected>> outcome;
    double seconds = 0;
  };
  std::vector<Part> parts_;
  exposition::PageOptions options_;
  std::string own_;
};

// Thread-safe. A HAProxy that cannot be scraped is a page with haproxy_up 0 and a log line.
class Exporter {
 public:
  // `further`: more metrics of the process's own.
  Exporter(const config::Config& config, Log log, OwnMetrics::Further further = {});

  // Ends the scrapes under way (as failed), for a process that is asked to end.
  void interrupt() { interrupt_.raise(); }

  // Fails (not_found) only when the target is not configured.
  [[nodiscard]] Result<Page> scrape(const PageRequest& request);

  [[nodiscard]] std::vector<std::string> instances() const;

 private:
  // One configured HAProxy.
  struct Target {
    Target(const config::Instance& instance, const config::Scrape& scrape,
           const runtime::Interrupt& interrupt);
    std::string name;
    runtime::SocketClient stats;
    std::unique_ptr<runtime::SocketClient> master;
    Collector collector;
    std::mutex mutex;
    std::unordered_map<std::string, std::string> told;  // part → what was last logged of it
  };

  Page::Part scrape_one(Target& target, const PageRequest& request, runtime::Deadline deadline);
  void report(Target& target, const Result<std::shared_ptr<const Collected>>& outcome);

  const config::Scrape options_;
  Log log_;
  OwnMetrics own_;
  runtime::Interrupt interrupt_;
  std::vector<std::unique_ptr<Target>> targets_;
};

}  // namespace steward::daemon
