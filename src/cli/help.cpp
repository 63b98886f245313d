#include "steward/cli/help.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <vector>

#include "steward/base/text.hpp"
#include "steward/cli/table.hpp"

namespace steward::cli {
namespace {

using Options = std::vector<const CLI::Option*>;

Options shown_options(const CLI::App& app, bool positional) {
  return app.get_options([&](const CLI::Option* option) {
    return option->get_positional() == positional && !option->get_group().empty();
  });
}

// "-h, --help", "--log.level LEVEL".
std::string flag_of(const CLI::Option& option) {
  const std::string names =
      fmt::format("{}", fmt::join(split(option.get_name(false, true), ','), ", "));
  return option.get_items_expected_max() > 0 ? names + " " + option.get_type_name() : names;
}

std::string usage_of(const CLI::App& app) {
  std::string out = "Usage: " + path_of(app);
  if (!app.get_subcommands({}).empty()) out += " COMMAND";
  for (const CLI::Option* option : shown_options(app, true)) {
    const std::string name = option->get_name(true);
    out += option->get_required() ? " " + name : " [" + name + "]";
  }
  return out + " [FLAGS]\n";
}

// A heading and two columns; nothing if there are no rows.
void append_list(std::string& out, std::string_view heading,
                 const std::vector<std::vector<Cell>>& rows) {
  if (rows.empty()) return;
  Table table{{{}, {}, {}}, {}};
  for (const auto& row : rows) table.rows.push_back({{}, row[0], row[1]});
  fmt::format_to(std::back_inserter(out), "\n{}:\n{}", heading, to_text(table, false));
}

}  // namespace

std::string path_of(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : path_of(*parent) + " " + app.get_name();
}

std::string help_text(const CLI::App& app) {
  std::string out = app.get_description() + "\n\n" + usage_of(app);
  std::vector<std::vector<Cell>> commands, arguments, flags;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_group().empty()) continue;  // hidden
    commands.push_back({{command->get_name()}, {command->get_description()}});
  }
  for (const CLI::Option* option : shown_options(app, true)) {
    arguments.push_back({{option->get_name(true)}, {option->get_description()}});
  }
  for (const CLI::Option* option : shown_options(app, false)) {
    flags.push_back({{flag_of(*option)}, {option->get_description()}});
  }
  append_list(out, "Commands", commands);
  append_list(out, "Arguments", arguments);
  append_list(out, "Flags", flags);
  return out + "\n" + app.get_footer() + "\n";
}

}  // namespace steward::cli
