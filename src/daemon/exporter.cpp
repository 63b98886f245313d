#include "steward/daemon/exporter.hpp"

#include <future>

#include "steward/base/text.hpp"
#include "steward/daemon/workers.hpp"

namespace steward::daemon {
namespace {

using runtime::Deadline;
using std::chrono::steady_clock;

runtime::RuntimeSocket* pointer(const std::unique_ptr<runtime::SocketClient>& socket) {
  return socket.get();
}

std::string describe(const std::vector<MissingPart>& missing, std::string_view part) {
  for (const MissingPart& each : missing) {
    if (each.name == part) return each.error.message;
  }
  return {};
}

}  // namespace

bool Page::write(const exposition::Sink& sink) const {
  std::vector<exposition::PageInstance> instances;
  for (const Part& part : parts_) {
    instances.push_back({part.label, part.outcome ? &(*part.outcome)->snapshot : nullptr});
  }
  return exposition::write_page(instances, options_, own_, sink);
}

Exporter::Target::Target(const config::Instance& instance, const config::Scrape& scrape,
                         const runtime::Interrupt& interrupt)
    : name(instance.name),
      stats(instance.socket, &interrupt),
      master(master_of(instance, interrupt)),
      collector({scrape.pacing}, stats, pointer(master)) {}

Exporter::Exporter(const config::Config& config, Log log, OwnMetrics::Further further)
    : options_(config.scrape), log_(std::move(log)), own_(std::move(further)) {
  for (const config::Instance& instance : config.instances) {
    targets_.push_back(std::make_unique<Target>(instance, config.scrape, interrupt_));
  }
}

std::vector<std::string> Exporter::instances() const {
  std::vector<std::string> names;
  for (const auto& target : targets_) names.push_back(target->name);
  return names;
}

// Logs a failure each time, a missing part only when what is said of it changes.
void Exporter::report(Target& target, const Result<std::shared_ptr<const Collected>>& outcome) {
  const std::string label = targets_.size() > 1 ? target.name : std::string();
  if (!outcome) {
    own_.count_failure(label, outcome.error().code);
    log_->error("{}: scrape failed: {}", target.name, outcome.error().message);
    return;
  }
  const std::lock_guard lock(target.mutex);
  for (const MissingPart& part : (*outcome)->missing) {
    std::string& told = target.told[part.name];
    if (told == part.error.message) continue;
    told = part.error.message;
    log_->warn("{}: the page goes without {}: {}", target.name, part.name, told);
  }
  for (auto& [part, told] : target.told) {
    if (!told.empty() && describe((*outcome)->missing, part).empty()) {
      told.clear();
      log_->info("{}: {} is there again", target.name, part);
    }
  }
}

Page::Part Exporter::scrape_one(Target& target, const PageRequest& request, Deadline deadline) {
  own_.count_scrape();
  const auto started = steady_clock::now();
  auto outcome = target.collector.collect(demand_of(request.selection), deadline);
  report(target, outcome);
  const std::chrono::duration<double> took = steady_clock::now() - started;
  const bool labelled = targets_.size() > 1 && !request.target;
  return {labelled ? target.name : std::string(), std::move(outcome), took.count()};
}

Result<Page> Exporter::scrape(const PageRequest& request) {
  std::vector<Target*> wanted;
  for (const auto& target : targets_) {
    if (!request.target || target->name == *request.target) wanted.push_back(target.get());
  }
  if (wanted.empty()) {
    return fail(ErrorCode::not_found, "target '{}' is not configured; there is: {}",
                printable(*request.target), fmt::join(instances(), ", "));
  }
  const Deadline deadline = steady_clock::now() + request.time_left.value_or(options_.timeout);

  Page page;
  page.options_ = {request.format, request.selection,
                   options_.compat == config::Compat::haproxy_exporter};
  std::vector<std::future<Page::Part>> others;
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    others.push_back(std::async(std::launch::async, [this, &request, deadline, at = wanted[i]] {
      return scrape_one(*at, request, deadline);
    }));
  }
  page.parts_.push_back(scrape_one(*wanted.front(), request, deadline));
  for (auto& other : others) page.parts_.push_back(other.get());

  std::vector<ScrapeOutcome> outcomes;
  for (const Page::Part& part : page.parts_) {
    ScrapeOutcome outcome{part.label, part.outcome.has_value(), part.seconds, {}};
    if (part.outcome) outcome.missing = (*part.outcome)->missing;
    outcomes.push_back(outcome);
  }
  page.own_ =
      own_.render(request.format, outcomes, {!request.target.has_value(), page.options_.legacy});
  return page;
}

}  // namespace steward::daemon
