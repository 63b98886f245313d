// The command line: subcommands, their flags, exit codes.
#pragma once

#include <iosfwd>

namespace steward::cli {

// Exit codes, the same for every subcommand.
enum ExitCode : int { done = 0, failed = 1, usage = 2, refused = 3, timed_out = 4 };

// Runs the program on the process's own streams; never throws.
int run(int argc, char** argv);

// The same: results go to `out`, in colour if it is a terminal that wants it, what went wrong to
// `err`, a line each. argv[0] is not looked at.
int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err,
        bool colour = false);

}  // namespace steward::cli
