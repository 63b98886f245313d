#include "steward/stats/status.hpp"

#include <algorithm>

namespace steward::stats {
namespace {

std::optional<std::size_t> index_in(std::span<const std::string_view> states,
                                    std::string_view state) {
  const auto found = std::find(states.begin(), states.end(), state);
  if (found == states.end()) return std::nullopt;
  return static_cast<std::size_t>(found - states.begin());
}

}  // namespace

std::span<const std::string_view> states_of(Kind kind) {
  switch (kind) {
    case Kind::server:
      return kServerStates;
    case Kind::listener:
      return kListenerStates;
    case Kind::frontend:
    case Kind::backend:
      break;
  }
  return kProxyStates;
}

std::optional<std::size_t> parse_status(Kind kind, std::string_view status) {
  // promex: a frontend is DOWN only once it is stopped; OPEN, FULL and PAUSED are UP.
  if (kind == Kind::frontend) return status == "STOP" ? 0 : 1;
  if (status == "no check") return index_in(kServerStates, "UP");
  return index_in(states_of(kind), status.substr(0, status.find(' ')));
}

std::optional<std::size_t> parse_check_status(std::string_view status) {
  if (status.starts_with("* ")) status.remove_prefix(2);
  return index_in(kCheckStates, status);
}

}  // namespace steward::stats
