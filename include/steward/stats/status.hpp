// HAProxy's words for the state of a server, a proxy, a check; and the sets of states the
// metrics page knows (promex's, in its order).
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "steward/stats/stat_table.hpp"

namespace steward::stats {

inline constexpr std::array<std::string_view, 2> kProxyStates{"DOWN", "UP"};
inline constexpr std::array<std::string_view, 3> kListenerStates{"WAITING", "OPEN", "FULL"};
inline constexpr std::array<std::string_view, 5> kServerStates{"DOWN", "UP", "MAINT", "DRAIN",
                                                               "NOLB"};
inline constexpr std::array<std::string_view, 16> kCheckStates{
    "HANA",   "SOCKERR", "L4OK", "L4TOUT", "L4CON", "L6OK",    "L6TOUT",   "L6RSP",
    "L7TOUT", "L7RSP",   "L7OK", "L7OKC",  "L7STS", "PROCERR", "PROCTOUT", "PROCOK"};

// The states a row of this kind can have.
[[nodiscard]] std::span<const std::string_view> states_of(Kind kind);

// The "status" column ("UP 1/2", "MAINT (via web/web1)", "no check", "OPEN" …) as an index into
// states_of(kind); nothing for a word that no HAProxy is known to say.
[[nodiscard]] std::optional<std::size_t> parse_status(Kind kind, std::string_view status);

// The "check_status" and "agent_status" columns as an index into kCheckStates; "* L7OK" (a check
// is under way) is the last result. Nothing for "INI", "UNK" and unknown words.
[[nodiscard]] std::optional<std::size_t> parse_check_status(std::string_view status);

}  // namespace steward::stats
