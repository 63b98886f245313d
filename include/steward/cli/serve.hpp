// `haproxy-steward serve`.
#pragma once

#include <functional>
#include <tl/expected.hpp>

#include "steward/config/config.hpp"
#include "steward/config/load.hpp"

namespace steward::cli {

// Reads the configuration anew; every problem is one sentence.
using LoadConfig = std::function<tl::expected<config::Config, config::ProblemList>()>;

// Runs the daemon until SIGTERM or SIGINT. `load` is called at SIGHUP and /-/reload; a
// configuration with problems is not taken. Returns an ExitCode.
int serve(const config::Config& config, const LoadConfig& load);

}  // namespace steward::cli
