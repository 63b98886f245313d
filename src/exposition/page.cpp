#include "steward/exposition/page.hpp"

#include "steward/exposition/info_section.hpp"
#include "steward/exposition/list_section.hpp"
#include "steward/exposition/process_section.hpp"
#include "steward/exposition/section.hpp"
#include "steward/exposition/stat_section.hpp"
#include "steward/exposition/worker_section.hpp"

namespace steward::exposition {
namespace {

Prepared prepare(const PageInstance& instance, const PageOptions& options) {
  Prepared prepared;
  prepared.snapshot = instance.snapshot;
  if (!instance.name.empty()) append_label(prepared.base_labels, "haproxy", instance.name);
  if (instance.snapshot == nullptr) return prepared;
  prepared.view = view_table(instance.snapshot->stat,
                             {options.selection, prepared.base_labels, options.legacy});
  join_states(prepared.view, instance.snapshot->servers);
  return prepared;
}

}  // namespace

bool write_page(std::span<const PageInstance> instances, const PageOptions& options,
                std::string_view own, const Sink& sink) {
  std::vector<Prepared> prepared;
  prepared.reserve(instances.size());
  for (const PageInstance& instance : instances) prepared.push_back(prepare(instance, options));

  PageWriter out(sink);
  Section section{out, options, prepared};
  write_up(section);
  write_process(section);
  write_proxies(section);
  write_infos(section);
  write_stick_tables(section);
  write_resolvers(section);
  write_certificates(section);
  write_old_workers(section);
  out.write(own);
  if (options.format == Format::openmetrics_1_0) out.write("# EOF\n");
  return out.finish();
}

}  // namespace steward::exposition
