#include "steward/cli/completion_zsh.hpp"

#include <fmt/format.h>

namespace steward::cli {
namespace {

// Within '…' and within […:…].
std::string zsh_quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

std::string zsh_action(std::string_view place) {
  const Source* source = source_of(place);
  if (source == nullptr) return " ";
  if (source->files) return "_files";
  if (!source->words.empty()) return fmt::format("({})", source->words);
  return fmt::format("{{_haproxy_steward_names {}}}", source->names);
}

std::string zsh_arguments(const CompletionCommand& command) {
  std::string out;
  for (const Flag& flag : command.flags) {
    const std::string value =
        flag.type.empty() ? ""
                          : fmt::format(":{}:{}", zsh_quoted(flag.type), zsh_action(flag.type));
    out += fmt::format(" \\\n        '{}[{}]{}'", flag.name, zsh_quoted(flag.description), value);
  }
  for (const std::string& word : command.words) {
    out += fmt::format(" \\\n        ':{}:{}'", zsh_quoted(word), zsh_action(word));
  }
  return out;
}

constexpr std::string_view kZshScript = R"sh(#compdef haproxy-steward
# Completion of haproxy-steward's commands, for zsh.

# Names that the daemon, or HAProxy, knows; none if it does not answer within a second.
_haproxy_steward_names() {
  local -a whom names
  local flag
  for flag in --url --token-file --cacert --socket; do
    [[ -n ${opt_args[$flag]} ]] && whom+=($flag ${(Q)opt_args[$flag]})
  done
  names=(${(f)"$(haproxy-steward __complete $1 $whom 2>/dev/null)"})
  compadd -a names
}

_haproxy_steward() {
  local context state line
  typeset -A opt_args
  local -a commands
  commands=(
@commands@  )
  _arguments -C '--help[Show this.]' '--version[Show the version.]' \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
@cases@      esac
      ;;
  esac
}

if [[ $funcstack[1] == _haproxy_steward ]]; then
  _haproxy_steward "$@"
else
  compdef _haproxy_steward haproxy-steward
fi
)sh";

}  // namespace

std::string zsh_script(const std::vector<CompletionCommand>& commands) {
  std::string names, cases;
  for (const CompletionCommand& command : commands) {
    names += fmt::format("    '{}:{}'\n", command.name, zsh_quoted(command.description));
    cases += fmt::format("        {})\n          _arguments{}\n          ;;\n", command.name,
                         zsh_arguments(command));
  }
  return filled(std::string(kZshScript), {{"@commands@", names}, {"@cases@", cases}});
}

}  // namespace steward::cli
