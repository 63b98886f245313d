// state-file: what a HAProxy is to start with, for hooks of one that shares no folder with the
// daemon.
#pragma once

#include <string>

#include "steward/base/result.hpp"
#include "steward/cli/session.hpp"
#include "steward/cli/verb_flags.hpp"

namespace steward::cli {

struct StateFileRequest {
  std::string instance;  // empty: the only one
  bool state = false;    // HAProxy's server-state format; otherwise for steward-hold.lua
  std::string output;    // a path; empty: printed
};

[[nodiscard]] Result<StateFileRequest> state_file_request(const RecordFlags& flags);

// Asks the daemon and prints or writes the file. When that fails an old file stays as it is.
[[nodiscard]] Done<void> state_file(const Session& session, const StateFileRequest& request);

}  // namespace steward::cli
