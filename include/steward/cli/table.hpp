// Tables for people: aligned columns of text. Pure; unaware of terminals and of what it shows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace steward::cli {

enum class Align { left, right };
enum class Tone { plain, good, warning, bad };

struct Column {
  std::string title;
  Align align = Align::left;
};

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // each with a cell for each column
};

// A line for the titles, unless all are empty, and a line for each row. Columns are as wide as
// their widest cell, two blanks apart; no line ends in a blank. Cells may hold any bytes: they go
// through printable. With `colour`, tones become ANSI colours.
[[nodiscard]] std::string to_text(const Table& table, bool colour);

// How many places of a terminal valid UTF-8 takes: none for combining marks, two for wide letters.
[[nodiscard]] std::size_t display_width(std::string_view text);

// no_color is the value of NO_COLOR, null if unset; see no-color.org.
[[nodiscard]] bool wants_colour(bool is_terminal, const char* no_color);

}  // namespace steward::cli
