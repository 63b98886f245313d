#include "steward/exposition/process_section.hpp"

#include "steward/exposition/process_families.hpp"

namespace steward::exposition {

void write_up(Section& section) {
  FamilyWriter family(section, "haproxy_up", Type::gauge,
                      "1 if the last scrape of HAProxy was whole.");
  for (const Prepared& instance : section.instances) {
    family.series(instance.base_labels, instance.snapshot != nullptr ? 1 : 0);
  }
}

namespace {

void write_process_family(Section& section, const ProcessFamily& entry) {
  FamilyWriter family(section, "haproxy_process_" + std::string(entry.suffix), entry.type,
                      entry.help);
  for (const Prepared& instance : section.instances) {
    if (instance.snapshot == nullptr) continue;
    std::string labels = instance.base_labels;
    if (!entry.label.empty()) {
      const auto text = instance.snapshot->info.find(entry.key);
      if (!text) continue;
      append_label(labels, entry.label, *text);
      family.series(labels, 1);
    } else if (const auto value = instance.snapshot->info.number(entry.key)) {
      family.series(labels, *value);
    }
  }
}

// The retired exporter's haproxy_version_info.
void write_legacy_version(Section& section) {
  FamilyWriter family(section, "haproxy_version_info", Type::gauge,
                      "Version of HAProxy and when it was released; always 1.");
  for (const Prepared& instance : section.instances) {
    if (instance.snapshot == nullptr) continue;
    std::string labels = instance.base_labels;
    append_label(labels, "release_date", instance.snapshot->info.find("Release_date").value_or(""));
    append_label(labels, "version", instance.snapshot->info.find("Version").value_or(""));
    family.series(labels, 1);
  }
}

}  // namespace

void write_process(Section& section) {
  if (!section.options.selection.wants(Scope::global)) return;
  for (const ProcessFamily& family : process_families()) write_process_family(section, family);
  if (section.options.legacy) write_legacy_version(section);
}

}  // namespace steward::exposition
