#include "steward/cli/shell.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>
#include <vector>

namespace steward::cli {
namespace {

bool needs_no_quotes(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,";
  return !word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos;
}

// Ours, with `added` over it.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto name = text.substr(0, text.find('='));
    if (!added.contains(std::string(name))) all.emplace_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  if (needs_no_quotes(word)) return std::string(word);
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

Result<ShellCommand> ShellCommand::start(const std::string& command,
                                         const std::map<std::string, std::string>& added) {
  std::vector<std::string> words{"sh", "-c", command};
  std::vector<std::string> environment = environment_with(added);
  const auto argv = pointers_to(words), envp = pointers_to(environment);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, "/bin/sh", nullptr, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  if (error == 0) return ShellCommand(pid);
  return fail(ErrorCode::internal, "the hook cannot be run: {}",
              std::generic_category().message(error));
}

ShellCommand::ShellCommand(ShellCommand&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), code_(other.code_) {}

ShellCommand& ShellCommand::operator=(ShellCommand&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(code_, other.code_);
  return *this;
}

ShellCommand::~ShellCommand() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

std::optional<int> ShellCommand::ended() {
  if (pid_ <= 0) return code_;
  int status = 0;
  const pid_t got = ::waitpid(pid_, &status, WNOHANG);
  if (got == 0 || (got < 0 && errno == EINTR)) return std::nullopt;
  pid_ = -1;
  code_ = got < 0 ? 1 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return code_;
}

}  // namespace steward::cli
