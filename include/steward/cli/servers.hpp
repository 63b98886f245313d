// `haproxy-steward servers`: asks a HAProxy itself, without a daemon.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "steward/base/result.hpp"
#include "steward/runtime/socket.hpp"

namespace steward::cli {

struct ServersQuery {
  std::string backend;  // empty: all
  bool json = false;
};

// What is to be printed. not_found, with the nearest names, when there is no such backend.
[[nodiscard]] Result<std::string> show_servers(runtime::RuntimeSocket& socket,
                                               const ServersQuery& query,
                                               runtime::Deadline deadline);

}  // namespace steward::cli
