#include "steward/stats/stat_parser.hpp"

#include <algorithm>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::stats {
namespace {

using Word = Dictionary::Word;

constexpr std::string_view kHeaderStart = "# pxname,";

template <std::size_t N>
std::optional<std::size_t> find_name(const std::array<std::string_view, N>& names,
                                     std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

// Columns are filled lazily: rows before the first filled cell are padded when it comes.
template <class T>
void put(std::vector<T>& column, std::size_t row, T value, T absent) {
  if (column.size() != row) column.resize(row, absent);
  column.push_back(value);
}

template <class T>
void pad(std::vector<T>& column, std::size_t rows, T absent) {
  if (!column.empty()) column.resize(rows, absent);
}

// Where the quoted cell at the front of `text` closes; npos if it does not.
std::size_t closing_quote(std::string_view text) {
  std::size_t at = text.find('"', 1);
  while (at != std::string_view::npos && at + 1 < text.size() && text[at + 1] == '"') {
    at = text.find('"', at + 2);
  }
  return at;
}

// Whether `text` ends inside a quoted cell: then the line end belonged to the cell.
bool ends_in_quotes(std::string_view text) {
  while (!text.empty()) {
    if (text.front() == '"') {
      const std::size_t close = closing_quote(text);
      if (close == std::string_view::npos) return true;
      text.remove_prefix(close + 1);
    }
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) return false;
    text.remove_prefix(comma + 1);
  }
  return false;
}

bool may_be_quoted(std::string_view text) { return text.find('"') != std::string_view::npos; }

// Most cells are one to three digits: worth a loop of its own, ahead of from_chars.
std::optional<std::int64_t> parse_cell(std::string_view cell) {
  std::int64_t value = 0;
  if (cell.size() > 15) return parse_number<std::int64_t>(cell);
  for (const char c : cell) {
    if (c < '0' || c > '9') return parse_number<std::int64_t>(cell);
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

const std::vector<Word>& StatRows::extra_words(std::size_t extra) const {
  static const std::vector<Word> none;
  return extra < extra_.size() ? extra_[extra] : none;
}

tl::unexpected<Error> StatParser::malformed(std::string what) const {
  return fail(ErrorCode::malformed, "show stat, line {}: {}", line_, what);
}

Result<void> StatParser::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (auto taken = take_line(bytes); !taken) return taken;
  }
  return {};
}

Result<std::size_t> StatParser::feed_answer(std::string_view bytes) {
  const std::size_t before = bytes.size();
  while (!bytes.empty() && !answered_) {
    if (auto taken = take_line(bytes); !taken) return tl::unexpected(taken.error());
  }
  return before - bytes.size();
}

// Takes the next line off `bytes`; or, if its end has not come, all there is.
Result<void> StatParser::take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  const std::string_view piece = bytes.substr(0, end);
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  if (partial_.size() + piece.size() > limits::kRowBytes) {
    return malformed(fmt::format("longer than {} bytes", limits::kRowBytes));
  }
  if (end == std::string_view::npos || !partial_.empty()) partial_ += piece;
  if (end == std::string_view::npos) return {};

  const std::string_view text = partial_.empty() ? piece : partial_;
  if (may_be_quoted(text) && ends_in_quotes(text)) {  // the line end belongs to the cell
    if (partial_.empty()) partial_ = piece;
    partial_ += '\n';
    return {};
  }
  auto taken = line(text);
  partial_.clear();
  return taken;
}

Result<void> StatParser::line(std::string_view text) {
  ++line_;
  if (text.empty()) {
    if (expect_header_ && !answered_) return malformed("an empty line where the header should be");
    answered_ = expect_header_ = true;
    return {};
  }
  answered_ = false;
  if (!expect_header_) return row(text);
  expect_header_ = false;
  return header(text);
}

Result<void> StatParser::header(std::string_view text) {
  if (!text.starts_with(kHeaderStart)) {
    const bool prose = text.find(',') == std::string_view::npos && !text.starts_with('<');
    return fail(prose ? ErrorCode::refused : ErrorCode::malformed,
                "show stat: HAProxy answered '{}' where the header should be", printable(text));
  }
  if (text == header_) return {};
  if (!header_.empty()) return malformed("a second header that differs from the first");
  header_ = text;
  text.remove_prefix(2);
  bool of_module = false;
  for (const std::string_view name : split(text, ',')) {
    if (name == "type") type_column_ = columns_.size();
    columns_.push_back(classify(name, of_module));
    of_module = of_module || name == "-";
  }
  if (columns_.size() > limits::kColumns) {
    return malformed(fmt::format("more than {} columns", limits::kColumns));
  }
  if (type_column_ == 0) return malformed("the header has no column 'type'");
  for (StatRows& rows : table_.rows_) rows.extra_.resize(table_.extra_.size());
  return {};
}

StatParser::Column StatParser::classify(std::string_view name, bool of_module) {
  if (name.empty() || name == "-" || name == "type") return {Slot::skip, 0};
  if (!of_module) {
    if (const auto number = find_name(kNumberNames, name)) return {Slot::number, *number};
    if (const auto text = find_name(kTextNames, name)) return {Slot::text, *text};
  }
  table_.extra_.push_back({std::string(name), of_module});
  return {Slot::extra, table_.extra_.size() - 1};
}

void StatParser::add_cell(std::string_view text) {
  if (!text.empty()) cells_.push_back({cell_count_, text});
  ++cell_count_;
}

// Most cells are empty or one digit: a plain loop is several times faster here than find().
void StatParser::split_plain(std::string_view text) {
  const char* start = text.data();
  const char* const end = start + text.size();
  for (const char* at = start; at != end; ++at) {
    if (*at != ',') continue;
    add_cell({start, static_cast<std::size_t>(at - start)});
    start = at + 1;
  }
  add_cell({start, static_cast<std::size_t>(end - start)});
}

Result<void> StatParser::split_quoted(std::string_view text) {
  unquoted_.clear();
  unquoted_.reserve(text.size());  // views into it must not move
  for (;;) {
    std::size_t end = text.find(',');
    if (text.starts_with('"')) {
      end = closing_quote(text) + 1;
      if (end < text.size() && text[end] != ',') return malformed("text behind a closing quote");
      const std::size_t start = unquoted_.size();
      for (std::size_t i = 1; i + 1 < end; ++i) {
        unquoted_ += text[i];
        if (text[i] == '"') ++i;
      }
      add_cell(std::string_view(unquoted_).substr(start));
    } else {
      add_cell(text.substr(0, end));
    }
    if (end >= text.size()) return {};
    text.remove_prefix(end + 1);
  }
}

std::string_view StatParser::cell_of(std::size_t column) const {
  const auto found =
      std::lower_bound(cells_.begin(), cells_.end(), column,
                       [](const Cell& cell, std::size_t wanted) { return cell.column < wanted; });
  return found != cells_.end() && found->column == column ? found->text : std::string_view();
}

Result<void> StatParser::row(std::string_view text) {
  cells_.clear();
  cell_count_ = 0;
  if (!may_be_quoted(text)) {
    split_plain(text);
  } else if (auto parts = split_quoted(text); !parts) {
    return parts;
  }
  if (cell_count_ != columns_.size()) {
    return malformed(fmt::format("{} cells, but the header has {}", cell_count_, columns_.size()));
  }
  const std::string_view type = cell_of(type_column_);
  const auto kind = parse_cell(type);
  if (!kind || type.empty()) return malformed(fmt::format("'{}' is not a type", printable(type)));
  if (*kind < 0 || *kind >= static_cast<std::int64_t>(kKinds)) return {};  // a kind yet to come
  return store(table_.rows_[static_cast<std::size_t>(*kind)]);
}

Result<void> StatParser::store(StatRows& rows) {
  if (rows.size_ == limits::kRows)
    return malformed(fmt::format("more than {} rows", limits::kRows));
  for (const Cell& cell : cells_) {
    const Column column = columns_[cell.column];
    if (column.slot == Slot::number) {
      const auto value = parse_cell(cell.text);
      if (!value) {
        return malformed(fmt::format("'{}' is not a number (column {})", printable(cell.text),
                                     kNumberNames[column.index]));
      }
      put(rows.numbers_[column.index], rows.size_, *value, kAbsent);
    } else if (column.slot != Slot::skip) {
      auto& words =
          column.slot == Slot::text ? rows.words_[column.index] : rows.extra_[column.index];
      put(words, rows.size_, table_.words_.intern(cell.text), kNoWord);
    }
  }
  ++rows.size_;
  return {};
}

Result<void> StatParser::end_answer() {
  if (!partial_.empty()) return malformed("the answer ends in the middle of a row");
  if (!answered_) {
    return fail(ErrorCode::malformed,
                "show stat: the answer ends after line {} without HAProxy's closing empty line: "
                "it was cut",
                line_);
  }
  answered_ = false;
  return {};
}

Result<StatTable> StatParser::finish() {
  if (header_.empty()) return malformed("no answer");
  for (StatRows& rows : table_.rows_) {
    for (auto& column : rows.numbers_) pad(column, rows.size_, kAbsent);
    for (auto& column : rows.words_) pad(column, rows.size_, kNoWord);
    for (auto& column : rows.extra_) pad(column, rows.size_, kNoWord);
  }
  return std::move(table_);
}

Result<StatTable> parse_stat(std::string_view answer) {
  StatParser parser;
  if (auto fed = parser.feed(answer); !fed) return tl::unexpected(fed.error());
  if (auto ended = parser.end_answer(); !ended) return tl::unexpected(ended.error());
  return parser.finish();
}

}  // namespace steward::stats
