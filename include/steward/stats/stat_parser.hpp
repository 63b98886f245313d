// `show stat` (CSV) → StatTable, as the bytes arrive.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::stats {

// Feed it one or more whole answers in pieces of any size, call end_answer() where an answer
// ends, then finish(). After an error it must not be used again.
//
// Columns are found by the header's names, so a newer HAProxy's columns do no harm. A dump counts
// only whole: it must end in HAProxy's empty line, every row must have as many cells as the
// header, and a number must be one; anything else is an Error that says which line. Cells may be
// quoted as HAProxy does (doubled quotes; commas and line ends inside).
class StatParser {
 public:
  Result<void> feed(std::string_view bytes);

  // The same, but it stops behind the empty line that closes the answer, and says how many bytes
  // it took: what follows is the answer to another command of the line.
  Result<std::size_t> feed_answer(std::string_view bytes);
  [[nodiscard]] bool answered() const { return answered_; }

  // The peer closed the connection: the answer must be complete now.
  Result<void> end_answer();

  // The table of all answers fed. An answer must have been ended.
  Result<StatTable> finish();

 private:
  enum class Slot : std::uint8_t { number, text, extra, skip };
  struct Column {
    Slot slot;
    std::size_t index;
  };
  struct Cell {  // of the row at hand; empty ones are left out
    std::size_t column;
    std::string_view text;
  };

  Result<void> take_line(std::string_view& bytes);
  Result<void> line(std::string_view text);
  Result<void> header(std::string_view text);
  Result<void> row(std::string_view text);
  Result<void> store(StatRows& rows);
  void split_plain(std::string_view text);
  Result<void> split_quoted(std::string_view text);
  void add_cell(std::string_view text);
  [[nodiscard]] std::string_view cell_of(std::size_t column) const;
  Column classify(std::string_view name, bool of_module);
  [[nodiscard]] tl::unexpected<Error> malformed(std::string what) const;

  StatTable table_;
  std::string header_;
  std::vector<Column> columns_;
  std::size_t type_column_ = 0;
  std::vector<Cell> cells_;
  std::size_t cell_count_ = 0;  // empty ones too
  std::string unquoted_;        // what a quoted cell says, for the row at hand
  std::string partial_;         // a line whose end has not come yet
  std::size_t line_ = 0;        // lines seen, for messages
  bool expect_header_ = true;
  bool answered_ = false;  // the last line seen was the closing empty one
};

// A whole answer at once.
[[nodiscard]] Result<StatTable> parse_stat(std::string_view answer);

}  // namespace steward::stats
