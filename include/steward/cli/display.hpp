// Shows progress where it is looked at.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "steward/cli/progress.hpp"

namespace steward::cli {

// The terminal's width now; a null function is no terminal, or none that wants a bar.
using TerminalWidth = std::function<std::size_t()>;

// On a terminal one line that is drawn anew each time, elsewhere a line for each change of the
// words. Not thread-safe; the stream must outlive it.
class Display {
 public:
  Display(std::ostream& out, TerminalWidth width) : out_(out), width_(std::move(width)) {}
  ~Display() { rest(); }
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  void show(const Progress& progress);

  // What was drawn stays; what comes next stands on a line of its own.
  void rest();

 private:
  std::ostream& out_;
  const TerminalWidth width_;
  std::optional<std::string> last_;
  bool drawn_ = false;  // the cursor is behind a line that has no end yet
};

}  // namespace steward::cli
