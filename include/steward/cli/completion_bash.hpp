// Completion for bash. Pure.
#pragma once

#include <string>
#include <vector>

#include "steward/cli/completion_tree.hpp"

namespace steward::cli {

[[nodiscard]] std::string bash_script(const std::vector<CompletionCommand>& commands);

}  // namespace steward::cli
