#include "steward/cli/completion.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "steward/base/text.hpp"
#include "steward/cli/completion_bash.hpp"
#include "steward/cli/completion_fish.hpp"
#include "steward/cli/completion_tree.hpp"
#include "steward/cli/completion_zsh.hpp"

namespace steward::cli {
namespace {

bool needs_no_escape(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_:.-/").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

}  // namespace

Result<std::string> completion_script(const CLI::App& app, std::string_view shell) {
  const std::vector<CompletionCommand> commands = commands_of(app);
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  return fail(ErrorCode::invalid, "SHELL: '{}' is not one of bash, zsh, fish", printable(shell));
}

std::vector<std::string> names_of(const Json& answer, std::string_view what) {
  const bool by_id = what == "overrides" || what == "rollouts";
  std::vector<std::string> names;
  for (const Json& each : list_at(answer, by_id ? what : "servers")) {
    const std::string backend = text_at(each, "backend");
    std::string name = by_id                ? text_at(each, "id")
                       : what == "backends" ? backend
                                            : backend + "/" + text_at(each, "server");
    if (needs_no_escape(name)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace steward::cli
