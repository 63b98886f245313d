#include "steward/cli/display.hpp"

#include <ostream>

namespace steward::cli {

void Display::show(const Progress& progress) {
  std::string line = width_ ? bar_line(progress, width_()) : plain_line(progress);
  if (last_ == line && (drawn_ || !width_)) return;
  if (width_) {
    out_ << "\r" << line << "\x1b[K" << std::flush;
    drawn_ = true;
  } else {
    out_ << line << std::endl;
  }
  last_ = std::move(line);
}

void Display::rest() {
  if (drawn_) out_ << std::endl;
  drawn_ = false;
}

}  // namespace steward::cli
