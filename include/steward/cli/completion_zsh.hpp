// Completion for zsh. Pure.
#pragma once

#include <string>
#include <vector>

#include "steward/cli/completion_tree.hpp"

namespace steward::cli {

[[nodiscard]] std::string zsh_script(const std::vector<CompletionCommand>& commands);

}  // namespace steward::cli
