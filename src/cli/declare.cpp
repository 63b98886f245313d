#include "steward/cli/declare.hpp"

namespace steward::cli {
namespace {

// Left to itself CLI11 takes all words that follow, and reads "[a,b]" as two.
void repeatable(CLI::Option* option, const std::string& type) {
  option->type_name(type)->expected(1)->take_all()->allow_extra_args(false);
}

}  // namespace

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& examples) {
  CLI::App& command = *app.add_subcommand(name, description)->allow_extras();
  command.set_help_flag("-h,--help", "Show this.");
  command.footer(examples);
  return command;
}

void add_flag(CLI::App& app, const std::string& name, std::optional<std::string>& value,
              const std::string& type, const std::string& description) {
  const auto keep = [&value, name](const std::vector<std::string>& values) {
    if (values.size() > 1) throw CLI::ValidationError(name + " is given more than once");
    value = values.front();
  };
  repeatable(app.add_option_function<std::vector<std::string>>(name, keep, description), type);
}

void add_list(CLI::App& app, const std::string& name, std::vector<std::string>& values,
              const std::string& type, const std::string& description) {
  repeatable(app.add_option(name, values, description), type);
}

void add_switch(CLI::App& app, const std::string& name, bool& value,
                const std::string& description) {
  app.add_flag(name, value, description);
}

CLI::Option& add_word(CLI::App& app, const std::string& name, std::optional<std::string>& value,
                      const std::string& description) {
  return *app.add_option(name, value, description);
}

}  // namespace steward::cli
