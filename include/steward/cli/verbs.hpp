// The verbs: from what was typed to an exit code.
#pragma once

#include "steward/cli/connect.hpp"
#include "steward/cli/session.hpp"
#include "steward/cli/verb_flags.hpp"

namespace steward::cli {

// Returns an ExitCode; what went wrong is a line on the streams' errors.
[[nodiscard]] int run_verb(const VerbFlags& flags, const Environment& environment,
                           const Streams& streams);

}  // namespace steward::cli
