// `haproxy-steward serve`.
#pragma once

#include "steward/config/config.hpp"

namespace steward::cli {

// Runs the daemon until SIGTERM or SIGINT. Returns an ExitCode.
int serve(const config::Config& config);

}  // namespace steward::cli
