// Is this the whole answer? What all the small parsers ask first.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"

namespace steward::stats {

// The lines of a whole answer, without its closing empty line: HAProxy's promise that nothing is
// missing (management.txt, 9.3). An answer that does not end in one was cut (malformed). What
// HAProxy says instead of an answer ("Permission denied", "Unknown command …") is refused, with
// its words. `command` names the answer in messages. The lines point into `answer`.
[[nodiscard]] Result<std::vector<std::string_view>> complete(std::string_view command,
                                                             std::string_view answer);

// "key: value" or "key:   value", split and trimmed; nothing if there is no colon.
struct KeyValue {
  std::string_view key, value;
};
[[nodiscard]] std::optional<KeyValue> key_value(std::string_view line);

// An unsigned number, or an Error that says on which line there was none.
[[nodiscard]] Result<std::uint64_t> count_of(std::string_view command, std::size_t line,
                                             std::string_view text);

}  // namespace steward::stats
