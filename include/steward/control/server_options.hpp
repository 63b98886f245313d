// What HAProxy is told of a server that is added: its address and options. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/control/view.hpp"

namespace steward::control {

// "inter" → "1s"; "check" → "" or "true" (a keyword without a value), "false" (without the
// keyword).
using ServerOptions = std::vector<std::pair<std::string, std::string>>;

// "10.0.0.9:8080" or "[::1]:8080", as HAProxy is told it, and tells it. A name is refused: HAProxy
// would take it and never resolve it.
[[nodiscard]] Result<std::string> parse_server_address(std::string_view text);

// The keywords of a `server` line in one text, "check inter 1s weight 100": those named, over what
// the runtime socket tells of a sibling (null: none) that is like it: check, rise, fall, port (of
// checks), weight, maxconn, ssl. It does not tell inter, nor how TLS is verified: a sibling with
// TLS needs `verify` to be named. Unknown keywords, and values that are more than a word, are
// invalid.
[[nodiscard]] Result<std::string> server_options(const ServerOptions& named,
                                                 const stats::ServerState* sibling,
                                                 const ServerFacts& facts);

}  // namespace steward::control
