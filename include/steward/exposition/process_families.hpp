// The table of the families made from `show info`.
#pragma once

#include <span>
#include <string_view>

#include "steward/exposition/family.hpp"

namespace steward::exposition {

struct ProcessFamily {
  std::string_view key;     // of `show info`
  std::string_view suffix;  // behind haproxy_process_
  Type type;
  std::string_view help;
  std::string_view label = {};  // if set, the value is this label's and the series is 1
};

// In promex's order; behind them the keys that promex leaves out.
[[nodiscard]] std::span<const ProcessFamily> process_families();

}  // namespace steward::exposition
