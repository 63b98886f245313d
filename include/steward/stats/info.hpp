// `show info`: one "Key: value" a line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steward/base/result.hpp"

namespace steward::stats {

struct Info {
  std::vector<std::pair<std::string, std::string>> fields;  // in HAProxy's order

  [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view key) const;
};

// `answer` is the whole answer with its closing empty line. An answer that is cut, or that is
// an error text of HAProxy's, is an Error (malformed, refused).
[[nodiscard]] Result<Info> parse_info(std::string_view answer);

}  // namespace steward::stats
