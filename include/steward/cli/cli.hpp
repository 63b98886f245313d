// The command line: subcommands, their flags, exit codes.
#pragma once

namespace steward::cli {

// Exit codes, the same for every subcommand.
enum ExitCode : int { done = 0, failed = 1, usage = 2, refused = 3, timed_out = 4 };

// Runs the program; never throws.
int run(int argc, char** argv);

}  // namespace steward::cli
