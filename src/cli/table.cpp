#include "steward/cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "steward/base/text.hpp"

namespace steward::cli {
namespace {

// Places on a terminal, as fmt reckons them: padded to as many places as it has bytes, the text
// grows by those it does not take.
std::size_t width(std::string_view text) {
  return 2 * text.size() - fmt::formatted_size("{:{}}", text, text.size());
}

void append_line(std::string& out, const std::vector<Column>& columns,
                 const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string blanks(widths[i] - width(cells[i]), ' ');
    if (i > 0) line += "  ";
    line += columns[i].align == Align::right ? blanks + cells[i] : cells[i] + blanks;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + '\n';
}

}  // namespace

std::string table_text(const std::vector<Column>& columns,
                       const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns) lines[0].push_back(column.title);
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    for (const std::string& cell : row) line.push_back(printable(cell));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      widths[i] = std::max(widths[i], width(line[i]));
    }
  }
  std::string out;
  for (const auto& line : lines) append_line(out, columns, line, widths);
  return out;
}

}  // namespace steward::cli
