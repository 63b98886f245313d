#include "steward/exposition/info_section.hpp"

#include <array>

#include "steward/exposition/stat_families.hpp"

namespace steward::exposition {
namespace {

using stats::Kind;
using stats::ServerState;

struct AdminFlag {
  std::uint32_t bit;
  std::string_view name;
};
constexpr std::array<AdminFlag, 6> kAdminFlags{{{stats::forced_maint, "forced_maint"},
                                                {stats::inherited_maint, "inherited_maint"},
                                                {stats::config_maint, "config_maint"},
                                                {stats::resolution_maint, "resolution_maint"},
                                                {stats::forced_drain, "forced_drain"},
                                                {stats::inherited_drain, "inherited_drain"}}};

// Calls write(rows, i, state) for each server shown of which the state is known.
template <class Write>
void for_each_state(Section& section, const Write& write) {
  for (const Prepared& instance : section.instances) {
    const SelectedRows& rows = instance.view.shown(Kind::server);
    for (std::size_t i = 0; i < instance.view.states.size(); ++i) {
      if (instance.view.states[i] != nullptr) write(rows, i, *instance.view.states[i]);
    }
  }
}

void write_server_info(Section& section) {
  FamilyWriter family(section, "haproxy_server_info", Type::gauge,
                      "Where the server is: always 1, to be joined by proxy and server.");
  if (!family.wanted()) return;
  std::string labels;
  for_each_state(section, [&](const SelectedRows& rows, std::size_t i, const ServerState& state) {
    labels = rows.open_labels(i);
    append_label(labels, "address", state.address);
    append_label(labels, "port", state.port == 0 ? "" : std::to_string(state.port));
    append_label(labels, "fqdn", state.fqdn);
    family.series(labels, 1);
  });
}

void write_admin_state(Section& section) {
  FamilyWriter family(section, "haproxy_server_admin_state", Type::gauge,
                      "Who put the server in maintenance or drain: 1 for each reason that holds. "
                      "config_maint stays 1 on a server the configuration disables, also once it "
                      "serves.");
  if (!family.wanted()) return;
  std::array<std::array<std::string, 2>, kAdminFlags.size()> tails;
  for (std::size_t f = 0; f < kAdminFlags.size(); ++f) {
    for (const int on : {0, 1}) {
      tails[f][static_cast<std::size_t>(on)] =
          fmt::format(",state=\"{}\"}} {}\n", kAdminFlags[f].name, on);
    }
  }
  for_each_state(section, [&](const SelectedRows& rows, std::size_t i, const ServerState& state) {
    for (std::size_t f = 0; f < kAdminFlags.size(); ++f) {
      PageWriter& out = family.begin_series();
      out.write(rows.open_labels(i));
      out.write(tails[f][(state.admin & kAdminFlags[f].bit) != 0 ? 1 : 0]);
    }
  });
}

void write_initial_weight(Section& section) {
  FamilyWriter family(section, "haproxy_server_initial_weight", Type::gauge,
                      "Weight in the configuration.");
  if (!family.wanted()) return;
  for_each_state(section, [&](const SelectedRows& rows, std::size_t i, const ServerState& state) {
    family.series(rows.open_labels(i), state.initial_weight);
  });
}

void write_proxy_info(Section& section, Kind kind, std::string_view help) {
  FamilyWriter family(section, std::string(prefix_of(kind)) + "info", Type::gauge, help);
  for (const Prepared& instance : section.instances) {
    const SelectedRows& rows = instance.view.shown(kind);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto& table = *instance.view.table;
      std::string labels(rows.open_labels(i));
      append_label(labels, "mode", table.text(kind, stats::text("mode"), rows.row(i)));
      if (kind == Kind::backend) {
        append_label(labels, "algorithm", table.text(kind, stats::text("algo"), rows.row(i)));
      }
      family.series(labels, 1);
    }
  }
}

}  // namespace

void write_infos(Section& section) {
  write_proxy_info(section, Kind::frontend, "Mode of the frontend; always 1, to be joined.");
  write_proxy_info(section, Kind::backend,
                   "Mode and load balancing of the backend; always 1, to be joined.");
  write_server_info(section);
  write_admin_state(section);
  write_initial_weight(section);
}

}  // namespace steward::exposition
