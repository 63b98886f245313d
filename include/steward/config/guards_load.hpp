// Reads the limits of the guards: see control_load.hpp for their keys.
#pragma once

#include "steward/config/yaml.hpp"
#include "steward/control/limits.hpp"

namespace steward::config {

// A backend's own limits are laid over the common ones, wherever they stand in the file.
void read_guards(Section& root, control::Limits& limits);

}  // namespace steward::config
