// The command line: subcommands, their flags, exit codes.
#pragma once

#include <iosfwd>

namespace steward::cli {

// Exit codes, the same for every subcommand.
enum ExitCode : int { done = 0, failed = 1, usage = 2, refused = 3, timed_out = 4 };

// Runs the program; never throws. What was asked for goes to `out`, what went wrong to `err`, one
// line each.
int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace steward::cli
