// What shells need to complete commands, made from the commands themselves. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/cli/client.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace steward::cli {

// The script for bash, zsh or fish. It asks `haproxy-steward __complete WHAT` for names. Fails for
// other shells.
[[nodiscard]] Result<std::string> completion_script(const CLI::App& app, std::string_view shell);

// What __complete prints of an answer of GET servers ("web/web1", or "web" for backends), overrides
// or rollouts (ids); each once. Names that a shell would take for something else are left out.
[[nodiscard]] std::vector<std::string> names_of(const Json& answer, std::string_view what);

}  // namespace steward::cli
