// The rows of a table that a page shows, with their labels written out once.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "steward/exposition/selection.hpp"
#include "steward/stats/servers_state.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::exposition {

// One row of a table: its index there, and its labels.
class SelectedRows {
 public:
  void add(std::uint32_t row, std::string_view labels);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::uint32_t row(std::size_t i) const { return rows_[i]; }

  // `proxy="web",server="web1"`: to be followed by more labels,
  [[nodiscard]] std::string_view open_labels(std::size_t i) const {
    return span(i, kClosing.size());
  }
  // and `proxy="web",server="web1"} `: to be followed by the value.
  [[nodiscard]] std::string_view labels(std::size_t i) const { return span(i, 0); }

 private:
  static constexpr std::string_view kClosing = "} ";

  [[nodiscard]] std::string_view span(std::size_t i, std::size_t less) const {
    return std::string_view(text_).substr(starts_[i], starts_[i + 1] - starts_[i] - less);
  }

  std::vector<std::uint32_t> rows_;
  std::string text_;
  std::vector<std::size_t> starts_{0};
};

// A table with what is shown of it. Points to the table and the states, which must outlive it.
struct TableView {
  const stats::StatTable* table = nullptr;
  std::array<SelectedRows, stats::kKinds> rows;

  // What `show servers state` says of rows[server], in the same order; null where it says
  // nothing. Empty when not asked for.
  std::vector<const stats::ServerState*> states;

  [[nodiscard]] const SelectedRows& shown(stats::Kind kind) const {
    return rows[static_cast<std::size_t>(kind)];
  }
};

// Of several instances.
using Views = std::span<const TableView* const>;

struct ViewOptions {
  const Selection& selection;
  std::string_view base_labels;  // before all others: `haproxy="lb1"`, or nothing
  bool legacy_labels = false;    // backend= and frontend= beside proxy=
};

[[nodiscard]] TableView view_table(const stats::StatTable& table, const ViewOptions& options);

// Finds each shown server in `servers`. Linear when both are in HAProxy's order, as they are.
void join_states(TableView& view, const stats::ServersState& servers);

}  // namespace steward::exposition
