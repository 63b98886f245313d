// Log lines on stderr, as Prometheus's programs write them.
#pragma once

#include <spdlog/logger.h>

#include <memory>

#include "steward/config/config.hpp"

namespace steward::daemon {

using Log = std::shared_ptr<spdlog::logger>;

// time=… level=… msg="…" or one JSON object a line, in UTC. Whatever is logged stays on its line:
// control characters and bad UTF-8 are escaped. Thread-safe.
[[nodiscard]] Log make_log(const config::Log& options);

}  // namespace steward::daemon
