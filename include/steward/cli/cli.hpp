// The command line: subcommands, their flags, exit codes.
#pragma once

#include "steward/cli/connect.hpp"
#include "steward/cli/session.hpp"

namespace steward::cli {

// Exit codes, the same for every subcommand.
enum ExitCode : int {
  done = 0,
  failed = 1,
  usage = 2,
  refused = 3,  // by a guard, or not permitted
  timed_out = 4,
  interrupted = 130,
};

// Runs the program on the process's own streams; never throws.
int run(int argc, char** argv);

// The same: results go to the streams' `out`, what went wrong to `err`, a line each. argv[0] is not
// looked at.
int run(int argc, const char* const* argv, const Streams& streams,
        const Environment& environment = {});

}  // namespace steward::cli
