#include "steward/stats/complete.hpp"

#include <algorithm>
#include <array>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::stats {
namespace {

// How HAProxy's refusals begin, 2.4 to 3.5.
constexpr std::array<std::string_view, 6> kRefusals{"Permission denied", "Unknown command",
                                                    "Can't find ",       "No such ",
                                                    "No resolvers ",     "Don't use "};

bool is_refusal(std::string_view line) {
  return std::any_of(kRefusals.begin(), kRefusals.end(),
                     [&](std::string_view words) { return line.starts_with(words); });
}

}  // namespace

Result<std::vector<std::string_view>> complete(std::string_view command, std::string_view answer) {
  if (answer != "\n" && !answer.ends_with("\n\n")) {
    return fail(ErrorCode::malformed,
                "{}: the answer ends without HAProxy's closing empty line: it was cut ('{}')",
                command,
                printable(answer.substr(answer.size() - std::min<std::size_t>(answer.size(), 40))));
  }
  answer.remove_suffix(std::min<std::size_t>(answer.size(), 2));
  std::vector<std::string_view> lines;
  if (!answer.empty()) lines = split(answer, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].size() > limits::kRowBytes) {
      return fail(ErrorCode::limit, "{}, line {}: longer than {} bytes", command, i + 1,
                  limits::kRowBytes);
    }
  }
  if (!lines.empty() && is_refusal(lines.front())) {
    return fail(ErrorCode::refused, "{}: HAProxy answered '{}'", command, printable(lines.front()));
  }
  return lines;
}

std::optional<KeyValue> key_value(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return KeyValue{trim(line.substr(0, colon)), trim(line.substr(colon + 1))};
}

Result<std::uint64_t> count_of(std::string_view command, std::size_t line, std::string_view text) {
  const auto number = parse_number<std::uint64_t>(text);
  if (number && *number <= static_cast<std::uint64_t>(INT64_MAX)) return *number;
  return fail(ErrorCode::malformed, "{}, line {}: '{}' is not a number", command, line,
              printable(text));
}

}  // namespace steward::stats
