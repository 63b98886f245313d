// A table for a terminal, or for a pipe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace steward::cli {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

// Columns as wide as their widest cell, two spaces between, no blanks at the ends of lines. Cells
// are made printable; their width is counted in places: wide letters take two.
[[nodiscard]] std::string table_text(const std::vector<Column>& columns,
                                     const std::vector<std::vector<std::string>>& rows);

}  // namespace steward::cli
