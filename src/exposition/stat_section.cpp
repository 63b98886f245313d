#include "steward/exposition/stat_section.hpp"

#include <algorithm>
#include <unordered_map>

#include "steward/exposition/module_section.hpp"
#include "steward/stats/status.hpp"

namespace steward::exposition {
namespace {

using stats::Dictionary;
using stats::kAbsent;
using stats::Kind;
using stats::kPxname;
using stats::kStatus;
using stats::StatRows;

constexpr auto kMode = stats::text("mode");
constexpr auto kCheckStatus = stats::text("check_status");
constexpr auto kAgentStatus = stats::text("agent_status");

using States = std::span<const std::string_view>;

// Which rows are shown for http only: a row without a mode counts as http.
class ModeFilter {
 public:
  ModeFilter(const TableView& view, Kind kind, bool http_only)
      : table_(*view.table),
        modes_(view.table->rows(kind).words(kMode)),
        active_(http_only && !modes_.empty()) {}

  bool shows(std::uint32_t row) {
    if (!active_) return true;
    if (modes_[row] != last_) {
      last_ = modes_[row];
      last_shown_ = table_.word(last_) == "http" || last_ == stats::kNoWord;
    }
    return last_shown_;
  }

 private:
  const stats::StatTable& table_;
  const std::vector<Dictionary::Word>& modes_;
  bool active_;
  Dictionary::Word last_ = stats::kNoWord;
  bool last_shown_ = true;
};

// Word → state, worked out once a word.
class StateOfWord {
 public:
  using Parse = std::optional<std::size_t> (*)(Kind, std::string_view);
  StateOfWord(const stats::StatTable& table, Kind kind, Parse parse)
      : table_(table), kind_(kind), parse_(parse) {}

  std::optional<std::size_t> operator()(Dictionary::Word word) {
    const auto [known, fresh] = known_.try_emplace(word);
    if (fresh && word != stats::kNoWord) known->second = parse_(kind_, table_.word(word));
    return known->second;
  }

 private:
  const stats::StatTable& table_;
  Kind kind_;
  Parse parse_;
  std::unordered_map<Dictionary::Word, std::optional<std::size_t>> known_;
};

std::optional<std::size_t> parse_check(Kind, std::string_view status) {
  return stats::parse_check_status(status);
}

void write_value(PageWriter& out, Source source, std::int64_t value) {
  if (source == Source::milliseconds) {
    out.write_milliseconds(value);
  } else {
    out.write_number(value);
  }
  out.write("\n");
}

void write_column(FamilyWriter& family, const StatFamily& entry, Kind kind, const TableView& view) {
  const auto& values = view.table->rows(kind).numbers(entry.columns.front().column);
  if (values.empty()) return;
  const SelectedRows& rows = view.shown(kind);
  ModeFilter mode(view, kind, entry.http_only);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int64_t value = values[rows.row(i)];
    if (value == kAbsent || !mode.shows(rows.row(i))) continue;
    PageWriter& out = family.begin_series();
    out.write(rows.labels(i));
    write_value(out, entry.source, value);
  }
}

void write_labelled(FamilyWriter& family, const StatFamily& entry, Kind kind,
                    const TableView& view) {
  const SelectedRows& rows = view.shown(kind);
  ModeFilter mode(view, kind, entry.http_only);
  std::vector<std::string> tails;
  for (const LabelledColumn& column : entry.columns) {
    tails.push_back(fmt::format(",{}=\"{}\"}} ", entry.label_name, column.label));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!mode.shows(rows.row(i))) continue;
    for (std::size_t c = 0; c < entry.columns.size(); ++c) {
      const auto value = view.table->rows(kind).at(entry.columns[c].column, rows.row(i));
      if (value == kAbsent) continue;
      PageWriter& out = family.begin_series();
      out.write(rows.open_labels(i));
      out.write(tails[c]);
      write_value(out, entry.source, value);
    }
  }
}

// promex has 0 where a check ran and gave no code.
void write_result_code(FamilyWriter& family, const StatFamily& entry, Kind kind,
                       const TableView& view) {
  const auto column = entry.columns.front().column;
  const bool agent = column == stats::number("agent_code");
  const StatRows& table = view.table->rows(kind);
  const SelectedRows& rows = view.shown(kind);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint32_t row = rows.row(i);
    if (table.at(agent ? kAgentStatus : kCheckStatus, row) == stats::kNoWord) continue;
    const std::int64_t code = table.at(column, row);
    PageWriter& out = family.begin_series();
    out.write(rows.labels(i));
    write_value(out, entry.source, code == kAbsent ? 0 : code);
  }
}

std::vector<std::string> state_tails(States states, std::string_view end) {
  std::vector<std::string> tails;
  for (const std::string_view state : states) {
    tails.push_back(fmt::format(",state=\"{}\"}} {}", state, end));
  }
  return tails;
}

void write_states(FamilyWriter& family, States states, Kind kind, const TableView& view,
                  stats::Text column, StateOfWord::Parse parse) {
  const auto& words = view.table->rows(kind).words(column);
  if (words.empty()) return;
  const auto off = state_tails(states, "0\n"), on = state_tails(states, "1\n");
  const SelectedRows& rows = view.shown(kind);
  StateOfWord state_of(*view.table, kind, parse);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Dictionary::Word word = words[rows.row(i)];
    const auto present = state_of(word);
    // A check that ended in none of the known ways ("CHECKED", "INI") is in none of the states,
    // as in HAProxy's page; a status nobody knows is not shown.
    if (!present && (column == kStatus || word == stats::kNoWord)) continue;
    for (std::size_t s = 0; s < states.size(); ++s) {
      PageWriter& out = family.begin_series();
      out.write(rows.open_labels(i));
      out.write(present == s ? on[s] : off[s]);
    }
  }
}

using Counts = std::unordered_map<Dictionary::Word, std::vector<std::int64_t>>;

// How many servers of each backend are in each state.
Counts count_servers(const TableView& view, States states, stats::Text column,
                     StateOfWord::Parse parse) {
  Counts counts;
  StateOfWord state_of(*view.table, Kind::server, parse);
  const StatRows& servers = view.table->rows(Kind::server);
  for (std::size_t row = 0; row < servers.size(); ++row) {
    auto& backend = counts[servers.at(kPxname, row)];
    backend.resize(states.size());
    if (const auto state = state_of(servers.at(column, row))) ++backend[*state];
  }
  return counts;
}

void write_counts(FamilyWriter& family, States states, const TableView& view, stats::Text column,
                  StateOfWord::Parse parse) {
  const Counts counts = count_servers(view, states, column, parse);
  const auto tails = state_tails(states, "");
  const SelectedRows& rows = view.shown(Kind::backend);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto found = counts.find(view.table->rows(Kind::backend).at(kPxname, rows.row(i)));
    if (found == counts.end()) continue;
    for (std::size_t s = 0; s < states.size(); ++s) {
      PageWriter& out = family.begin_series();
      out.write(rows.open_labels(i));
      out.write(tails[s]);
      write_value(out, Source::number, found->second[s]);
    }
  }
}

// The retired exporter's up: it also counts a server in DRAIN.
void write_legacy_up(FamilyWriter& family, Kind kind, const TableView& view) {
  const SelectedRows& rows = view.shown(kind);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string_view status = view.table->text(kind, kStatus, rows.row(i));
    const bool up = status.starts_with("UP") || status.starts_with("DRAIN") || status == "OPEN" ||
                    status == "no check";
    family.series(rows.open_labels(i), up ? 1 : 0);
  }
}

void write_view(FamilyWriter& family, const StatFamily& entry, Kind kind, const TableView& view) {
  const States states = stats::states_of(kind);
  switch (entry.source) {
    case Source::number:
    case Source::milliseconds:
      return entry.label_name.empty() ? write_column(family, entry, kind, view)
                                      : write_labelled(family, entry, kind, view);
    case Source::result_code:
      return write_result_code(family, entry, kind, view);
    case Source::status:
      return write_states(family, states, kind, view, kStatus, stats::parse_status);
    case Source::check_status:
      return write_states(family, stats::kCheckStates, kind, view, kCheckStatus, parse_check);
    case Source::agent_status:
      return write_states(family, stats::kCheckStates, kind, view, kAgentStatus, parse_check);
    case Source::servers_by_status:
      return write_counts(family, stats::kServerStates, view, kStatus, stats::parse_status);
    case Source::servers_by_check:
      return write_counts(family, stats::kCheckStates, view, kCheckStatus, parse_check);
    case Source::up:
      return write_legacy_up(family, kind, view);
  }
}

}  // namespace

void write_stat_family(Section& section, const StatFamily& entry, Kind kind,
                       std::string_view prefix, Views views) {
  if ((entry.kinds & bit(kind)) == 0) return;
  FamilyWriter family(section, fmt::format("{}{}", prefix, entry.suffix), entry.type, entry.help);
  if (!family.wanted()) return;
  for (const TableView* view : views) write_view(family, entry, kind, *view);
}

void write_proxies(Section& section) {
  std::vector<const TableView*> views;
  for (const Prepared& instance : section.instances) {
    if (instance.snapshot != nullptr) views.push_back(&instance.view);
  }
  for (const Kind kind : {Kind::frontend, Kind::listener, Kind::backend, Kind::server}) {
    for (const StatFamily& family : stat_families()) {
      write_stat_family(section, family, kind, prefix_of(kind), views);
    }
    if (section.options.legacy) {
      for (const StatFamily& family : legacy_families()) {
        write_stat_family(section, family, kind, prefix_of(kind), views);
      }
    }
    if (section.options.selection.extra_counters) write_modules(section, kind, views);
  }
}

}  // namespace steward::exposition
