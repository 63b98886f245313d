// From argv to what was asked for. Pure: nothing is printed, opened or run.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "steward/base/result.hpp"
#include "steward/cli/options.hpp"
#include "steward/cli/verb_flags.hpp"

namespace steward::cli {

enum class Command { serve, servers, check_config, hash_token, version, verb };

// The flags of the one command that was named; values are text, as they were typed.
struct Arguments {
  Command command = Command::version;
  ServeFlags serve;
  ServersFlags servers;
  std::string file;  // of check_config
  VerbFlags verb;    // of all that is Command::verb
};

// There is nothing to run: `text`, whole lines, is to be printed and the program to end, with
// `code` (an ExitCode). Help and version that were asked for belong to the standard output, what
// else ends it to the standard error.
struct Ending {
  int code;
  std::string text;
};

// argv[0] is not looked at. Unknown words, flags without their value and flags given twice are
// usage errors, one line that names the help to read.
[[nodiscard]] tl::expected<Arguments, Ending> parse_arguments(int argc, const char* const* argv);

// The commands and their flags as a script for this shell; see completion.hpp.
[[nodiscard]] Result<std::string> completion(std::string_view shell);

}  // namespace steward::cli
