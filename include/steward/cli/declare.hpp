// How commands and flags are declared, so that all of them are read alike.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace steward::cli {

// With --help; `examples` stand below its flags.
CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& examples);

// --name VALUE: one value as it is, at most once.
void add_flag(CLI::App& app, const std::string& name, std::optional<std::string>& value,
              const std::string& type, const std::string& description);

// The same, any number of times.
void add_list(CLI::App& app, const std::string& name, std::vector<std::string>& values,
              const std::string& type, const std::string& description);

// --name, without a value.
void add_switch(CLI::App& app, const std::string& name, bool& value,
                const std::string& description);

// A word by its place.
CLI::Option& add_word(CLI::App& app, const std::string& name, std::optional<std::string>& value,
                      const std::string& description);

}  // namespace steward::cli
