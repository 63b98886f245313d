// Text from strangers: HAProxy's names and messages are bytes of somebody's configuration.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace steward {

// Bytes that are not UTF-8 become U+FFFD, one for each maximal bad part; the rest is kept.
// Prometheus rejects a whole page for one bad byte.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

// For logs, terminals and error messages: UTF-8, with control characters (also C1 and DEL) as
// \n, \t, \x1b …, so that a name can neither break a line nor move a cursor. Longer than `most`
// bytes is cut, with an ellipsis.
[[nodiscard]] std::string printable(std::string_view bytes, std::size_t most = 200);

// The parts between separators; "a,,b" has three, "" has one that is empty.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

[[nodiscard]] std::string_view trim(std::string_view text);

// The whole text as a decimal number; nothing else around it, no '+', no overflow.
template <std::integral T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

}  // namespace steward
