// Reads the rules of the configuration: see control_load.hpp for their keys.
#pragma once

#include <vector>

#include "steward/config/yaml.hpp"
#include "steward/control/rule.hpp"

namespace steward::config {

// Compiles matchers and extractions; what is wrong with them is a problem at their place.
void read_rules(Section& root, std::vector<control::Rule>& rules);

}  // namespace steward::config
