#include "steward/exposition/page_writer.hpp"

#include <array>
#include <charconv>

namespace steward::exposition {

void PageWriter::flush() {
  if (used_ > 0 && !refused_) refused_ = !out_({block_.get(), used_});
  used_ = 0;
}

void PageWriter::write_slowly(std::string_view piece) {
  flush();
  if (piece.size() <= limits::kPageBlockBytes) return write(piece);
  if (!refused_) refused_ = !out_(piece);
}

void PageWriter::write_number(std::int64_t value) {
  if (value >= 0 && value < 10) {
    const char digit = static_cast<char>('0' + value);
    return write({&digit, 1});
  }
  std::array<char, 24> text;  // NOLINT: filled by to_chars
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  write({text.data(), static_cast<std::size_t>(end - text.data())});
}

void PageWriter::write_milliseconds(std::int64_t value) {
  if (value < 0) {
    write("-");
    value = -value;
  }
  write_number(value / 1000);
  const auto rest = value % 1000;
  if (rest == 0) return;
  const std::array<char, 4> digits{'.', static_cast<char>('0' + rest / 100),
                                   static_cast<char>('0' + rest / 10 % 10),
                                   static_cast<char>('0' + rest % 10)};
  write({digits.data(), digits.size()});
}

bool PageWriter::finish() {
  flush();
  return !refused_;
}

}  // namespace steward::exposition
