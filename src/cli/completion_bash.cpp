#include "steward/cli/completion_bash.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace steward::cli {
namespace {

std::vector<std::string> flag_names(const CompletionCommand& command) {
  std::vector<std::string> names;
  names.reserve(command.flags.size());
  for (const Flag& flag : command.flags) names.push_back(flag.name);
  return names;
}

// What the shell is to do for a place: a line of the function.
std::string reply_line(const Source& source) {
  if (source.files) return R"sh(COMPREPLY=($(compgen -f -- "$cur")))sh";
  if (!source.words.empty()) return fmt::format("_haproxy_steward_words '{}'", source.words);
  return fmt::format("_haproxy_steward_names {}", source.names);
}

std::string value_cases() {
  std::string out;
  for (const Source& source : sources()) {
    out += fmt::format("    '{}') {} ;;\n", source.place, reply_line(source));
  }
  return out;
}

// The type of each flag that takes a value, and the words of each command, as cases.
std::string flag_cases(const std::vector<CompletionCommand>& commands) {
  std::vector<std::string> lines;
  for (const CompletionCommand& command : commands) {
    for (const Flag& flag : command.flags) {
      if (flag.type.empty()) continue;
      std::string line = fmt::format("    {}) echo '{}' ;;\n", flag.name, flag.type);
      if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
    }
  }
  return fmt::format("{}", fmt::join(lines, ""));
}

std::string command_cases(const std::vector<CompletionCommand>& commands) {
  std::string out;
  for (const CompletionCommand& command : commands) {
    out +=
        fmt::format("    {})\n      flags='{}'\n      places=({})\n      ;;\n", command.name,
                    fmt::join(flag_names(command), " "),
                    command.words.empty() ? std::string()
                                          : fmt::format("'{}'", fmt::join(command.words, "' '")));
  }
  return out;
}

constexpr std::string_view kBashScript = R"sh(# Completion of haproxy-steward's commands, for bash.

# The kind of value a flag takes; nothing if it takes none.
_haproxy_steward_type() {
  case $1 in
@flags@  esac
}

_haproxy_steward_words() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

# Names that the daemon, or HAProxy, knows; none if it does not answer within a second.
_haproxy_steward_names() {
  local names
  names=$(haproxy-steward __complete "$1" "${whom[@]}" 2>/dev/null)
  COMPREPLY=($(compgen -W "$names" -- "$cur"))
}

_haproxy_steward_value() {
  case $1 in
@values@  esac
}

_haproxy_steward() {
  local line words command='' flags='' type='' word i place=0
  local places=() whom=()
  COMPREPLY=()
  # Words as the shell will take them: bash breaks its own at every colon and equals sign.
  line=${COMP_LINE:0:COMP_POINT}
  IFS=$' \t\n' read -r -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  local last=$((${#words[@]} - 1))
  local cur=${words[last]}
  for ((i = 1; i < last; i++)); do
    word=${words[i]}
    if [[ $word == --*=* ]]; then
      case ${word%%=*} in --url | --token-file | --cacert | --socket) whom+=("$word") ;; esac
    elif [[ $word == -* ]]; then
      type=$(_haproxy_steward_type "$word")
      if [[ -n $type && $((i + 1)) -lt $last ]]; then
        case $word in
          --url | --token-file | --cacert | --socket) whom+=("$word" "${words[i + 1]}") ;;
        esac
      fi
      [[ -n $type ]] && ((i++))
    elif [[ -z $command ]]; then
      command=$word
    else
      ((place++))
    fi
  done
  case $command in
    '') _haproxy_steward_words '@names@ --help --version'; return ;;
@commands@  esac
  type=''
  [[ ${words[last - 1]} == --* ]] && type=$(_haproxy_steward_type "${words[last - 1]}")
  if [[ -n $type ]]; then
    _haproxy_steward_value "$type"
  elif [[ $cur == -* ]]; then
    _haproxy_steward_words "$flags"
  else
    _haproxy_steward_value "${places[place]:-}"
  fi
  # What stands before the last colon or equals sign is not bash's to replace.
  local before=${cur%"${cur##*[:=]}"}
  if [[ -n $before ]]; then
    for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$before"}; done
  fi
}

complete -o default -F _haproxy_steward haproxy-steward
)sh";

}  // namespace

std::string bash_script(const std::vector<CompletionCommand>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CompletionCommand& command : commands) names.push_back(command.name);
  return filled(std::string(kBashScript), {{"@flags@", flag_cases(commands)},
                                           {"@values@", value_cases()},
                                           {"@commands@", command_cases(commands)},
                                           {"@names@", fmt::format("{}", fmt::join(names, " "))}});
}

}  // namespace steward::cli
