#include "steward/cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "steward/base/duration.hpp"
#include "steward/base/text.hpp"
#include "steward/cli/table.hpp"

namespace steward::cli {
namespace {

constexpr std::size_t kBarMost = 30, kBarLeast = 8;
constexpr std::size_t kAroundBar = 9;  // "  [", "]", " 100%"

std::string bar_of(double part, std::size_t places) {
  const double within = std::isfinite(part) ? std::clamp(part, 0.0, 1.0) : 0.0;
  const auto full = static_cast<std::size_t>(within * static_cast<double>(places));
  return fmt::format("  [{}{}] {:3}%", std::string(full, '#'), std::string(places - full, '-'),
                     static_cast<int>(within * 100));
}

std::string time_words(const Progress& progress) {
  if (!progress.left) return {};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(
      std::max(*progress.left, std::chrono::milliseconds(0)));
  return fmt::format("  {} left", format_duration(seconds));
}

// The first code points that fit.
std::string cut(const std::string& text, std::size_t places) {
  if (display_width(text) <= places) return text;
  std::string out;
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t next = i + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0U) == 0x80U) ++next;
    const std::string_view letter(text.data() + i, next - i);
    width += display_width(letter);
    if (width + 1 > places) break;
    out += letter;
    i = next;
  }
  return places == 0 ? std::string() : out + "…";
}

}  // namespace

std::string bar_line(const Progress& progress, std::size_t width) {
  const std::size_t room = width == 0 ? 0 : width - 1;  // the last place may wrap the line
  const std::string what = printable(progress.what);
  const std::string state = progress.state.empty() ? "" : "  " + printable(progress.state);
  const std::string rest = state + time_words(progress);
  const std::size_t taken = display_width(what) + display_width(rest) + kAroundBar;
  std::string bar;
  if (taken + kBarLeast <= room) bar = bar_of(progress.part, std::min(kBarMost, room - taken));
  return cut(what + bar + rest, room);
}

std::string plain_line(const Progress& progress) {
  const std::string what = printable(progress.what);
  return progress.state.empty() ? what : what + ": " + printable(progress.state);
}

bool wants_bar(bool is_terminal, const char* no_color, const char* term) {
  const bool moves = term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
  return moves && wants_colour(is_terminal, no_color);
}

}  // namespace steward::cli
