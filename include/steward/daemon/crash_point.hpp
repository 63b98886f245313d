// Where the tests let the process die.
#pragma once

#include <string_view>

namespace steward::daemon {

// Kills the process with SIGKILL if the environment says STEWARD_CRASH_AT=<name> (looked up once,
// at the first call). For the tests of what survives; does nothing otherwise.
void crash_point(std::string_view name);

}  // namespace steward::daemon
