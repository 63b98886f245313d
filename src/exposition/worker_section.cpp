#include "steward/exposition/worker_section.hpp"

#include <algorithm>
#include <array>

#include "steward/exposition/stat_section.hpp"

namespace steward::exposition {
namespace {

using stats::Kind;
using stats::OldWorker;

constexpr std::array<std::string_view, 6> kSuffixes{"current_sessions",    "sessions_total",
                                                    "bytes_in_total",      "bytes_out_total",
                                                    "http_requests_total", "http_responses_total"};

struct WorkerView {
  const OldWorker* worker;
  std::string labels;  // haproxy=, pid=
  TableView view;
};

std::vector<WorkerView> view_workers(const Section& section) {
  std::vector<WorkerView> views;
  for (const Prepared& instance : section.instances) {
    if (instance.snapshot == nullptr || !instance.snapshot->old_workers) continue;
    for (const OldWorker& worker : *instance.snapshot->old_workers) {
      std::string labels = instance.base_labels;
      append_label(labels, "pid", std::to_string(worker.worker.pid));
      TableView view =
          view_table(worker.stat, {section.options.selection, labels, section.options.legacy});
      views.push_back({&worker, std::move(labels), std::move(view)});
    }
  }
  return views;
}

void write_count(Section& section) {
  FamilyWriter family(section, "haproxy_old_workers", Type::gauge,
                      "Workers of before a reload that still finish what they have.");
  for (const Prepared& instance : section.instances) {
    if (instance.snapshot == nullptr || !instance.snapshot->old_workers) continue;
    family.series(instance.base_labels,
                  static_cast<std::int64_t>(instance.snapshot->old_workers->size()));
  }
}

template <class Value>
void write_each(Section& section, std::string name, std::string_view help,
                const std::vector<WorkerView>& workers, const Value& value) {
  FamilyWriter family(section, std::move(name), Type::gauge, help);
  for (const WorkerView& each : workers) {
    const std::optional<std::int64_t> number = value(*each.worker);
    if (number) family.series(each.labels, *number);
  }
}

void write_proxies_of(Section& section, const std::vector<WorkerView>& workers) {
  std::vector<const TableView*> views;
  views.reserve(workers.size());
  for (const WorkerView& each : workers) views.push_back(&each.view);
  for (const Kind kind : {Kind::frontend, Kind::backend, Kind::server}) {
    std::string prefix(prefix_of(kind));
    prefix.insert(std::string_view("haproxy_").size(), "old_worker_");
    for (const StatFamily& family : stat_families()) {
      const bool shown =
          std::find(kSuffixes.begin(), kSuffixes.end(), family.suffix) != kSuffixes.end();
      if (shown) write_stat_family(section, family, kind, prefix, views);
    }
  }
}

}  // namespace

void write_old_workers(Section& section) {
  if (!section.options.selection.wants(Scope::worker)) return;
  write_count(section);
  const std::vector<WorkerView> workers = view_workers(section);
  if (workers.empty()) return;
  write_each(section, "haproxy_old_worker_uptime_seconds", "Seconds since the old worker started.",
             workers, [](const OldWorker& old) {
               return std::optional<std::int64_t>(old.worker.uptime.count());
             });
  write_each(section, "haproxy_old_worker_reloads", "Reloads since the old worker started.",
             workers,
             [](const OldWorker& old) { return std::optional<std::int64_t>(old.worker.reloads); });
  write_each(section, "haproxy_old_worker_current_connections", "Connections the old worker has.",
             workers, [](const OldWorker& old) { return old.info.number("CurrConns"); });
  write_each(section, "haproxy_old_worker_jobs", "Jobs the old worker has: it ends at 0.", workers,
             [](const OldWorker& old) { return old.info.number("Jobs"); });
  write_proxies_of(section, workers);
}

}  // namespace steward::exposition
