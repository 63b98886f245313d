#include "steward/exposition/module_section.hpp"

#include <algorithm>

#include "steward/base/text.hpp"
#include "steward/exposition/stat_families.hpp"

namespace steward::exposition {
namespace {

using stats::Kind;

// promex's modules: the part of a column's name before "_", but what HTTP/3 calls its header
// compression belongs to h3.
std::string_view module_of(std::string_view column) {
  const std::string_view prefix = column.substr(0, column.find('_'));
  return prefix == "pack" || prefix == "qpack" ? "h3" : prefix;
}

// Open connections and streams go down again; all else only counts.
Type type_of_extra(std::string_view column) {
  return column.find("_open_") != std::string_view::npos ? Type::gauge : Type::counter;
}

void write_extra_view(FamilyWriter& family, std::string_view column, Kind kind,
                      const TableView& view) {
  const auto& extra = view.table->extra();
  const auto found = std::find_if(extra.begin(), extra.end(), [&](const stats::ExtraColumn& e) {
    return e.of_module && e.name == column;
  });
  if (found == extra.end()) return;
  const auto& words =
      view.table->rows(kind).extra_words(static_cast<std::size_t>(found - extra.begin()));
  if (words.empty()) return;
  const std::string tail = fmt::format(",mod=\"{}\"}} ", module_of(column));
  const SelectedRows& rows = view.shown(kind);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto value = parse_number<std::int64_t>(view.table->word(words[rows.row(i)]));
    if (!value) continue;
    PageWriter& out = family.begin_series();
    out.write(rows.open_labels(i));
    out.write(tail);
    out.write_number(*value);
    out.write("\n");
  }
}

}  // namespace

void write_modules(Section& section, Kind kind, Views views) {
  std::vector<std::string_view> names;
  for (const TableView* view : views) {
    for (const stats::ExtraColumn& column : view->table->extra()) {
      const bool known = std::find(names.begin(), names.end(), column.name) != names.end();
      if (column.of_module && !known && valid_metric_part(column.name)) {
        names.push_back(column.name);
      }
    }
  }
  for (const std::string_view name : names) {
    FamilyWriter family(section, fmt::format("{}{}", prefix_of(kind), name), type_of_extra(name),
                        "A counter of one of HAProxy's modules, as it names it.");
    if (!family.wanted()) continue;
    for (const TableView* view : views) write_extra_view(family, name, kind, *view);
  }
}

}  // namespace steward::exposition
