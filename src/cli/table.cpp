#include "steward/cli/table.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "steward/base/text.hpp"

namespace steward::cli {
namespace {

struct Range {
  char32_t first, last;
};
// Unicode 15: what is drawn over the letter before it, or not at all …
constexpr std::array<Range, 8> kNarrow{{{0x0300, 0x036F},
                                        {0x0483, 0x0489},
                                        {0x0591, 0x05BD},
                                        {0x200B, 0x200F},
                                        {0x20D0, 0x20F0},
                                        {0x3099, 0x309A},
                                        {0xFE00, 0xFE0F},
                                        {0xFE20, 0xFE2F}}};
// … and what takes two places: East Asian wide letters and pictures.
constexpr std::array<Range, 8> kWide{{{0x1100, 0x115F},
                                      {0x2E80, 0x303E},
                                      {0x3041, 0xA4CF},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFF00, 0xFF60},
                                      {0x1F300, 0x1FAFF},
                                      {0x20000, 0x3FFFD}}};

template <std::size_t N>
bool contains(const std::array<Range, N>& ranges, char32_t point) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return range.first <= point && point <= range.last;
  });
}

// Takes the code point at the front of valid UTF-8.
char32_t take_point(std::string_view& text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = at(0) < 0x80 ? 1 : at(0) < 0xE0 ? 2 : at(0) < 0xF0 ? 3 : 4;
  char32_t point = length == 1 ? at(0) : at(0) & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) point = point << 6U | (at(i) & 0x3FU);
  text.remove_prefix(length);
  return point;
}

std::string_view escape(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "\x1b[32m";
    case Tone::warning:
      return "\x1b[33m";
    case Tone::bad:
      return "\x1b[31m";
    case Tone::plain:
      break;
  }
  return {};
}

std::string painted(const Cell& cell, bool colour) {
  const std::string_view begin = colour ? escape(cell.tone) : std::string_view{};
  if (begin.empty() || cell.text.empty()) return cell.text;
  return std::string(begin) + cell.text + "\x1b[0m";
}

using Row = std::vector<Cell>;

std::vector<std::size_t> widths_of(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i].text));
    }
  }
  return widths;
}

void append_line(std::string& out, const Row& row, const std::vector<Column>& columns,
                 const std::vector<std::size_t>& widths, bool colour) {
  std::size_t blanks = 0;  // owed before the next text, so that none ends a line
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::size_t padding = widths[i] - display_width(row[i].text);
    const bool right = columns[i].align == Align::right;
    if (right) blanks += padding;
    if (!row[i].text.empty()) {
      out.append(blanks, ' ') += painted(row[i], colour);
      blanks = 0;
    }
    blanks += (right ? 0 : padding) + 2;
  }
  out += '\n';
}

// The titles, if there are any, and the rows, escaped.
std::vector<Row> lines_of(const Table& table) {
  std::vector<Row> lines;
  Row titles;
  for (const Column& column : table.columns) titles.push_back({column.title});
  const bool titled = std::any_of(titles.begin(), titles.end(),
                                  [](const Cell& title) { return !title.text.empty(); });
  if (titled) lines.push_back(std::move(titles));
  lines.insert(lines.end(), table.rows.begin(), table.rows.end());
  for (Row& line : lines) {
    for (Cell& cell : line) cell.text = printable(cell.text);
  }
  return lines;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const char32_t point = take_point(text);
    if (!contains(kNarrow, point)) width += contains(kWide, point) ? 2U : 1U;
  }
  return width;
}

std::string to_text(const Table& table, bool colour) {
  const std::vector<Row> lines = lines_of(table);
  const std::vector<std::size_t> widths = widths_of(lines);
  std::string out;
  for (const Row& line : lines) append_line(out, line, table.columns, widths, colour);
  return out;
}

bool wants_colour(bool is_terminal, const char* no_color) {
  return is_terminal && (no_color == nullptr || *no_color == '\0');
}

}  // namespace steward::cli
