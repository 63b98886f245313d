// `show stat` in memory: columns of numbers and of words, one set for each kind of row.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/stats/columns.hpp"
#include "steward/stats/dictionary.hpp"

namespace steward::stats {

// What a row is about; the values are those of the CSV's "type" column.
enum class Kind : std::uint8_t { frontend = 0, backend = 1, server = 2, listener = 3 };
inline constexpr std::size_t kKinds = 4;

// A cell HAProxy left empty.
inline constexpr std::int64_t kAbsent = std::numeric_limits<std::int64_t>::min();
inline constexpr Dictionary::Word kNoWord = 0;  // the empty string

// The rows of one kind, in HAProxy's order. A column that no row fills has no values at all;
// otherwise it has one for each row. Everything is kept by column, because a metrics page is
// written by column.
class StatRows {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }

  // Empty, or size() values of which some may be kAbsent.
  [[nodiscard]] const std::vector<std::int64_t>& numbers(Number column) const {
    return numbers_[index(column)];
  }
  // Empty, or size() words of the table's dictionary, of which some may be kNoWord.
  [[nodiscard]] const std::vector<Dictionary::Word>& words(Text column) const {
    return words_[index(column)];
  }
  // The same for the columns of StatTable::extra().
  [[nodiscard]] const std::vector<Dictionary::Word>& extra_words(std::size_t extra) const;

  [[nodiscard]] std::int64_t at(Number column, std::size_t row) const {
    const auto& values = numbers(column);
    return values.empty() ? kAbsent : values[row];
  }
  [[nodiscard]] Dictionary::Word at(Text column, std::size_t row) const {
    const auto& values = words(column);
    return values.empty() ? kNoWord : values[row];
  }

 private:
  friend class StatParser;
  std::size_t size_ = 0;
  std::array<std::vector<std::int64_t>, kNumberNames.size()> numbers_;
  std::array<std::vector<Dictionary::Word>, kTextNames.size()> words_;
  std::vector<std::vector<Dictionary::Word>> extra_;
};

// A column the steward does not know by name. Those behind the column "-" belong to a module
// (h1_, h2_, ssl_, quic_ …): promex's extra counters.
struct ExtraColumn {
  std::string name;
  bool of_module = false;
};

// An immutable value once parsed; safe to read from any thread.
class StatTable {
 public:
  [[nodiscard]] const StatRows& rows(Kind kind) const {
    return rows_[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::string_view word(Dictionary::Word id) const { return words_.at(id); }
  [[nodiscard]] const std::vector<ExtraColumn>& extra() const { return extra_; }

  // The text of a cell, "" if empty.
  [[nodiscard]] std::string_view text(Kind kind, Text column, std::size_t row) const {
    return word(rows(kind).at(column, row));
  }

 private:
  friend class StatParser;
  Dictionary words_;
  std::array<StatRows, kKinds> rows_;
  std::vector<ExtraColumn> extra_;
};

}  // namespace steward::stats
