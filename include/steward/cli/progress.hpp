// How far something that takes long has come, as a line: with a bar for people who look on, plain
// for a pipe. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace steward::cli {

struct Progress {
  std::string what;                               // "drain web/web1"
  double part = 0;                                // of it that is done, 0 to 1
  std::string state;                              // "12 sessions left"
  std::optional<std::chrono::milliseconds> left;  // until it is given up

  bool operator==(const Progress&) const = default;
};

// "drain web/web1  [######--------------]  30%  12 sessions left  4m30s left", less than `width`
// places of a terminal: without room the bar goes first, then the end of the text. Any bytes may
// be in it: they go through printable.
[[nodiscard]] std::string bar_line(const Progress& progress, std::size_t width);

// "drain web/web1: 12 sessions left".
[[nodiscard]] std::string plain_line(const Progress& progress);

// Whether a bar may be drawn: on a terminal that moves its cursor, unless NO_COLOR says something.
// The words are the values of NO_COLOR and TERM, null if unset.
[[nodiscard]] bool wants_bar(bool is_terminal, const char* no_color, const char* term);

}  // namespace steward::cli
