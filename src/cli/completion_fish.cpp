#include "steward/cli/completion_fish.hpp"

#include <fmt/format.h>

namespace steward::cli {
namespace {

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_values(std::string_view place) {
  const Source* source = source_of(place);
  if (source == nullptr) return " -x";
  if (source->files) return " -r -F";
  if (!source->words.empty()) return fmt::format(" -x -a '{}'", source->words);
  return fmt::format(" -x -a '(__haproxy_steward_names {})'", source->names);
}

std::string fish_command(const CompletionCommand& command) {
  const std::string seen =
      fmt::format("complete -c haproxy-steward -n '__fish_seen_subcommand_from {}'", command.name);
  std::string out =
      fmt::format("complete -c haproxy-steward -f -n __fish_use_subcommand -a {} -d {}\n",
                  command.name, fish_quoted(command.description));
  for (const std::string& word : command.words) {
    const std::string values = fish_values(word);
    if (values != " -x") out += seen + values + "\n";
  }
  for (const Flag& flag : command.flags) {
    out +=
        fmt::format("{} -l {} -d {}{}\n", seen, flag.name.substr(2), fish_quoted(flag.description),
                    flag.type.empty() ? "" : fish_values(flag.type));
  }
  return out;
}

constexpr std::string_view kFishScript = R"sh(# Completion of haproxy-steward's commands, for fish.

# Names that the daemon, or HAProxy, knows; none if it does not answer within a second.
function __haproxy_steward_names
  set -l words (commandline -opc)
  set -l whom
  for i in (seq 2 (count $words))
    switch $words[$i]
      case --url --token-file --cacert --socket
        set -l next (math $i + 1)
        set -a whom $words[$i] $words[$next]
      case '--url=*' '--token-file=*' '--cacert=*' '--socket=*'
        set -a whom $words[$i]
    end
  end
  haproxy-steward __complete $argv[1] $whom 2>/dev/null
end

complete -c haproxy-steward -f
)sh";

}  // namespace

std::string fish_script(const std::vector<CompletionCommand>& commands) {
  std::string out(kFishScript);
  for (const CompletionCommand& command : commands) out += "\n" + fish_command(command);
  return out;
}

}  // namespace steward::cli
