// Commands of the operator's: quoting them, and running them beside what we do.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "steward/base/result.hpp"

namespace steward::cli {

// As one word of a shell: 'a b', it'\''s; plain words stay as they are.
[[nodiscard]] std::string shell_quoted(std::string_view word);

// A command that runs on its own. Not thread-safe.
class ShellCommand {
 public:
  // `/bin/sh -c command`, with these variables added to the environment, and with no signal
  // blocked.
  [[nodiscard]] static Result<ShellCommand> start(const std::string& command,
                                                  const std::map<std::string, std::string>& added);
  ShellCommand(ShellCommand&& other) noexcept;
  ShellCommand& operator=(ShellCommand&& other) noexcept;
  // Still running: it is asked to end (SIGTERM), and not waited for.
  ~ShellCommand();

  // How it ended, once it has: 0 for success, else its exit code, or 128 and its signal.
  [[nodiscard]] std::optional<int> ended();

 private:
  explicit ShellCommand(int pid) : pid_(pid) {}

  int pid_ = -1;  // -1: there is none any more
  std::optional<int> code_;
};

}  // namespace steward::cli
