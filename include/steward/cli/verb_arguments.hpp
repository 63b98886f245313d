// The verbs and their flags, as data: nothing but what can be typed, and what --help says of it.
#pragma once

#include "steward/cli/verb_flags.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace steward::cli {

// `flags` must outlive the parsing.
void declare_verbs(CLI::App& app, VerbFlags& flags);

}  // namespace steward::cli
