#include "steward/exposition/rows.hpp"

#include <unordered_map>

#include "steward/exposition/family.hpp"
#include "steward/stats/status.hpp"

namespace steward::exposition {
namespace {

using stats::Kind;
using stats::kPxname;
using stats::kStatus;
using stats::kSvname;

constexpr std::array<Scope, stats::kKinds> kScopeOf{Scope::frontend, Scope::backend, Scope::server,
                                                    Scope::listener};

bool in_maint(std::string_view status) { return status.starts_with("MAINT"); }

// Answers "does this proxy match" once a proxy, not once a row.
class ProxyFilter {
 public:
  ProxyFilter(const stats::StatTable& table, const NamePattern& pattern)
      : table_(table), pattern_(pattern) {}

  bool matches(stats::Dictionary::Word proxy) {
    if (pattern_.matches_all()) return true;
    const auto [known, fresh] = answers_.try_emplace(proxy, false);
    if (fresh) known->second = pattern_.matches(table_.word(proxy));
    return known->second;
  }

 private:
  const stats::StatTable& table_;
  const NamePattern& pattern_;
  std::unordered_map<stats::Dictionary::Word, bool> answers_;
};

bool wants_server(const stats::StatTable& table, const Selection& selection, std::size_t row) {
  if (selection.no_maint && in_maint(table.text(Kind::server, kStatus, row))) return false;
  return selection.server.matches(table.text(Kind::server, kSvname, row));
}

void write_labels(std::string& labels, const ViewOptions& options, Kind kind,
                  std::string_view proxy, std::string_view name) {
  labels = options.base_labels;
  append_label(labels, "proxy", proxy);
  if (options.legacy_labels) {
    const bool back = kind == Kind::backend || kind == Kind::server;
    append_label(labels, back ? "backend" : "frontend", proxy);
  }
  if (kind == Kind::server) append_label(labels, "server", name);
  if (kind == Kind::listener) append_label(labels, "listener", name);
}

SelectedRows select_rows(const stats::StatTable& table, Kind kind, const ViewOptions& options) {
  SelectedRows selected;
  if (!options.selection.wants(kScopeOf[static_cast<std::size_t>(kind)])) return selected;
  const stats::StatRows& rows = table.rows(kind);
  ProxyFilter proxies(table, options.selection.proxy);
  std::string labels;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!proxies.matches(rows.at(kPxname, row))) continue;
    if (kind == Kind::server && !wants_server(table, options.selection, row)) continue;
    write_labels(labels, options, kind, table.text(kind, kPxname, row),
                 table.text(kind, kSvname, row));
    selected.add(static_cast<std::uint32_t>(row), labels);
  }
  return selected;
}

std::string server_key(std::string_view backend, std::string_view name) {
  return std::string(backend) + '/' + std::string(name);
}

using StatesByName = std::unordered_map<std::string, const stats::ServerState*>;

StatesByName index_states(const std::vector<stats::ServerState>& states) {
  StatesByName index;
  for (const stats::ServerState& state : states) {
    index.emplace(server_key(state.backend, state.name), &state);
  }
  return index;
}

}  // namespace

void SelectedRows::add(std::uint32_t row, std::string_view labels) {
  rows_.push_back(row);
  text_ += labels;
  text_ += kClosing;
  starts_.push_back(text_.size());
}

TableView view_table(const stats::StatTable& table, const ViewOptions& options) {
  TableView view;
  view.table = &table;
  for (std::size_t kind = 0; kind < stats::kKinds; ++kind) {
    view.rows[kind] = select_rows(table, static_cast<Kind>(kind), options);
  }
  return view;
}

void join_states(TableView& view, const stats::ServersState& servers) {
  const auto& states = servers.rows();
  if (states.empty()) return;
  StatesByName index;  // made only if the orders differ
  std::size_t next = 0;
  const SelectedRows& rows = view.shown(Kind::server);
  view.states.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto proxy = view.table->text(Kind::server, kPxname, rows.row(i));
    const auto name = view.table->text(Kind::server, kSvname, rows.row(i));
    if (next < states.size() && states[next].name == name && states[next].backend == proxy) {
      view.states.push_back(&states[next++]);
      continue;
    }
    if (index.empty()) index = index_states(states);
    const auto found = index.find(server_key(proxy, name));
    view.states.push_back(found == index.end() ? nullptr : found->second);
    if (found != index.end()) next = static_cast<std::size_t>(found->second - states.data()) + 1;
  }
}

}  // namespace steward::exposition
