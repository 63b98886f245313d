// `haproxy-steward servers`: asks one HAProxy and shows its servers. No daemon is needed.
#pragma once

#include <string>

#include "steward/base/result.hpp"
#include "steward/cli/options.hpp"
#include "steward/runtime/socket.hpp"

namespace steward::cli {

// The text to print; `colour` is for tables. Errors: not_found for a backend HAProxy does not
// have, with the names it may have been meant for; else the socket's and the parsers' own.
[[nodiscard]] Result<std::string> show_servers(runtime::RuntimeSocket& socket,
                                               const ServersOptions& options, bool colour);

}  // namespace steward::cli
