#include "steward/base/duration.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
  bool only_whole;  // written only when nothing is left over: "1w", but "8d" rather than "1w1d"
};

constexpr std::int64_t kDay = 86'400'000;
constexpr std::array<Unit, 7> kUnits{{{"y", 365 * kDay, true},
                                      {"w", 7 * kDay, true},
                                      {"d", kDay, false},
                                      {"h", 3'600'000, false},
                                      {"m", 60'000, false},
                                      {"s", 1'000, false},
                                      {"ms", 1, false}}};
constexpr std::int64_t kMost = std::chrono::milliseconds(limits::kDurationMax).count();

std::string_view take_while(std::string_view& text, bool digits) {
  const auto stop = std::find_if(text.begin(), text.end(),
                                 [&](char c) { return (c >= '0' && c <= '9') != digits; });
  const auto length = static_cast<std::size_t>(stop - text.begin());
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

struct Part {
  std::int64_t number;
  const Unit* unit;
};

// The "1m" at the front of "1m30s". A number too large to hold is as good as one past the limit.
std::optional<Part> take_part(std::string_view& text) {
  const std::string_view digits = take_while(text, true);
  const std::string_view name = take_while(text, false);
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& known) { return known.name == name; });
  if (digits.empty() || unit == kUnits.end()) return std::nullopt;
  return Part{parse_number<std::int64_t>(digits).value_or(kMost + 1), unit};
}

tl::unexpected<Error> not_a_duration(std::string_view text) {
  return fail(ErrorCode::invalid, "'{}' is not a duration; write 5s, 1m30s, 250ms or 2h",
              printable(text));
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds{0};
  if (text.empty()) return not_a_duration(text);
  std::int64_t total = 0;
  const Unit* last = nullptr;
  for (std::string_view rest = text; !rest.empty();) {
    const auto part = take_part(rest);
    if (!part || (last != nullptr && part->unit <= last)) return not_a_duration(text);
    last = part->unit;
    if (part->number > (kMost - total) / last->milliseconds) {
      return fail(ErrorCode::limit, "'{}' is longer than {}", printable(text),
                  format_duration(limits::kDurationMax));
    }
    total += part->number * last->milliseconds;
  }
  return std::chrono::milliseconds{total};
}

std::string format_duration(std::chrono::milliseconds duration) {
  std::int64_t left = duration.count();
  if (left == 0) return "0s";
  std::string out;
  for (const Unit& unit : kUnits) {
    if (left < unit.milliseconds || (unit.only_whole && left % unit.milliseconds != 0)) continue;
    fmt::format_to(std::back_inserter(out), "{}{}", left / unit.milliseconds, unit.name);
    left %= unit.milliseconds;
  }
  return out;
}

}  // namespace steward
