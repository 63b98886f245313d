#include "steward/base/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <iterator>

namespace steward {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// The range the second byte of a sequence must lie in (Unicode 15, table 3-7): it shuts out
// overlong forms, surrogates and anything past U+10FFFF.
struct Lead {
  std::size_t length;
  unsigned char low, high;
};

Lead classify(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

struct Sequence {
  std::size_t length;
  bool valid;
};

// The sequence at the front of `bytes`; an invalid one has the length of its maximal bad part.
Sequence next_sequence(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const Lead lead = classify(at(0));
  if (lead.length == 0) return {1, false};
  for (std::size_t i = 1; i < lead.length; ++i) {
    const unsigned char low = i == 1 ? lead.low : 0x80;
    const unsigned char high = i == 1 ? lead.high : 0xBF;
    if (i >= bytes.size() || at(i) < low || at(i) > high) return {i, false};
  }
  return {lead.length, true};
}

// U+2028 to U+202E and U+2066 to U+2069: they break a line, or turn the writing round, so that a
// line of the log reads as it was never written. 0: another character.
unsigned layout_control(std::string_view sequence) {
  if (sequence.size() != 3 || sequence[0] != '\xE2') return 0;
  const auto second = static_cast<unsigned char>(sequence[1]);
  const auto third = static_cast<unsigned char>(sequence[2]);
  const bool lines = second == 0x80 && third >= 0xA8 && third <= 0xAE;
  const bool isolates = second == 0x81 && third >= 0xA6 && third <= 0xA9;
  return lines || isolates ? 0x2000U + ((second & 0x3FU) << 6U) + (third & 0x3FU) : 0;
}

void append_printable(std::string& out, std::string_view sequence) {
  const auto byte = static_cast<unsigned char>(sequence.front());
  const bool c1 = byte == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
  if (byte == '\n') {
    out += "\\n";
  } else if (byte == '\t') {
    out += "\\t";
  } else if (byte == '\r') {
    out += "\\r";
  } else if (byte < 0x20 || byte == 0x7F) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
  } else if (c1) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(sequence[1]));
  } else if (const unsigned control = layout_control(sequence)) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", control);
  } else {
    out += sequence;
  }
}

}  // namespace

std::string to_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const Sequence next = next_sequence(bytes);
    out += next.valid ? bytes.substr(0, next.length) : kReplacement;
    bytes.remove_prefix(next.length);
  }
  return out;
}

std::string printable(std::string_view bytes, std::size_t most) {
  std::string out;
  while (!bytes.empty()) {
    if (out.size() >= most) return out + "…";
    const Sequence next = next_sequence(bytes);
    append_printable(out, next.valid ? bytes.substr(0, next.length) : kReplacement);
    bytes.remove_prefix(next.length);
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace steward
