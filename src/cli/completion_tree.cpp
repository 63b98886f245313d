#include "steward/cli/completion_tree.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

namespace steward::cli {
namespace {

constexpr std::array<Source, 13> kSources{{{"BACKEND/SERVER", "", "servers"},
                                           {"BACKEND", "", "backends"},
                                           {"ROLLOUT", "", "rollouts"},
                                           {"ID", "", "overrides"},
                                           {"WEIGHT", "default", ""},
                                           {"HEALTH", "up down stopping auto", ""},
                                           {"ON|OFF", "on off", ""},
                                           {"ACTION", "pause resume approve abort", ""},
                                           {"SHELL", "bash zsh fish", ""},
                                           {"FORMAT", "table json", ""},
                                           {"LEVEL", "debug info warn error", ""},
                                           {"fail|cut", "fail cut", ""},
                                           {"FILE", "", "", true}}};

CompletionCommand completion_command(const CLI::App& app) {
  CompletionCommand command{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) command.words.push_back(option->get_name(true));
    for (const std::string& name : option->get_lnames()) {
      const bool takes = option->get_items_expected_max() > 0;
      command.flags.push_back(
          {"--" + name, option->get_description(), takes ? option->get_type_name() : ""});
    }
  }
  return command;
}

}  // namespace

std::span<const Source> sources() { return kSources; }

const Source* source_of(std::string_view place) {
  const auto* found = std::find_if(kSources.begin(), kSources.end(),
                                   [&](const Source& source) { return source.place == place; });
  return found == kSources.end() ? nullptr : found;
}

std::string filled(std::string script,
                   std::initializer_list<std::pair<std::string_view, std::string>> marks) {
  for (const auto& [mark, text] : marks) {
    const std::size_t at = script.find(mark);
    if (at != std::string::npos) script.replace(at, mark.size(), text);
  }
  return script;
}

std::vector<CompletionCommand> commands_of(const CLI::App& app) {
  std::vector<CompletionCommand> commands;
  for (const CLI::App* each : app.get_subcommands({})) {
    if (!each->get_group().empty()) commands.push_back(completion_command(*each));
  }
  return commands;
}

}  // namespace steward::cli
