#include "steward/exposition/list_section.hpp"

#include <algorithm>

namespace steward::exposition {
namespace {

template <class Row, class Labels, class Value>
void write_list(Section& section, std::string name, Type type, std::string_view help,
                std::vector<Row> stats::Snapshot::*list, const Labels& add_labels,
                const Value& value) {
  FamilyWriter family(section, std::move(name), type, help);
  if (!family.wanted()) return;
  for (const Prepared& instance : section.instances) {
    if (instance.snapshot == nullptr) continue;
    for (const Row& row : instance.snapshot->*list) {
      std::string labels = instance.base_labels;
      add_labels(labels, row);
      if (const std::optional<std::int64_t> number = value(row)) family.series(labels, *number);
    }
  }
}

}  // namespace

void write_stick_tables(Section& section) {
  if (!section.options.selection.wants(Scope::sticktable)) return;
  const auto labels = [](std::string& text, const stats::StickTable& table) {
    append_label(text, "name", table.name);
    append_label(text, "type", table.type);
  };
  using stats::Snapshot;
  using stats::StickTable;
  write_list(section, "haproxy_sticktable_size", Type::gauge, "Entries the stick table can hold.",
             &Snapshot::tables, labels,
             [](const StickTable& t) { return std::optional(static_cast<std::int64_t>(t.size)); });
  write_list(section, "haproxy_sticktable_used", Type::gauge, "Entries the stick table holds.",
             &Snapshot::tables, labels,
             [](const StickTable& t) { return std::optional(static_cast<std::int64_t>(t.used)); });
}

void write_resolvers(Section& section) {
  if (!section.options.selection.wants(Scope::resolver)) return;
  std::vector<std::string> names;
  for (const Prepared& instance : section.instances) {
    if (instance.snapshot == nullptr) continue;
    for (const stats::Nameserver& server : instance.snapshot->nameservers) {
      for (const auto& [name, value] : server.counters) {
        const bool known = std::find(names.begin(), names.end(), name) != names.end();
        if (!known && valid_metric_part(name)) names.push_back(name);
      }
    }
  }
  const auto labels = [](std::string& text, const stats::Nameserver& server) {
    append_label(text, "resolver", server.resolver);
    append_label(text, "nameserver", server.name);
  };
  for (const std::string& name : names) {
    const auto value = [&](const stats::Nameserver& server) -> std::optional<std::int64_t> {
      for (const auto& [key, number] : server.counters) {
        if (key == name) return static_cast<std::int64_t>(number);
      }
      return std::nullopt;
    };
    write_list(section, "haproxy_resolver_" + name, Type::counter,
               "DNS queries of this nameserver that ended so.", &stats::Snapshot::nameservers,
               labels, value);
  }
}

void write_certificates(Section& section) {
  if (!section.options.selection.wants(Scope::certificate)) return;
  using stats::Certificate;
  const auto labels = [](std::string& text, const Certificate& certificate) {
    append_label(text, "file", certificate.file);
  };
  const auto info_labels = [&](std::string& text, const Certificate& certificate) {
    labels(text, certificate);
    append_label(text, "subject", certificate.subject);
    append_label(text, "issuer", certificate.issuer);
    append_label(text, "serial", certificate.serial);
  };
  const auto seconds = [](const std::optional<std::chrono::sys_seconds>& time) {
    return time ? std::optional<std::int64_t>(time->time_since_epoch().count()) : std::nullopt;
  };
  const auto list = &stats::Snapshot::certificates;
  write_list(section, "haproxy_certificate_not_after_timestamp_seconds", Type::gauge,
             "When the certificate that HAProxy has loaded expires, in seconds since 1970. Read "
             "once a minute at most.",
             list, labels, [&](const Certificate& c) { return seconds(c.not_after); });
  write_list(section, "haproxy_certificate_not_before_timestamp_seconds", Type::gauge,
             "When the certificate that HAProxy has loaded begins to hold, in seconds since 1970.",
             list, labels, [&](const Certificate& c) { return seconds(c.not_before); });
  write_list(section, "haproxy_certificate_used", Type::gauge, "1 if a listener or server uses it.",
             list, labels,
             [](const Certificate& c) { return std::optional<std::int64_t>(c.used); });
  write_list(section, "haproxy_certificate_info", Type::gauge,
             "Whose the certificate is; always 1, to be joined by file.", list, info_labels,
             [](const Certificate&) { return std::optional<std::int64_t>(1); });
}

}  // namespace steward::exposition
