// The commands as completion sees them. Pure.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace steward::cli {

// What may stand for a word: some words, names that the daemon knows, or a file.
struct Source {
  std::string_view place;  // the word's name, or its flag's type
  std::string_view words;
  std::string_view names;  // of __complete
  bool files = false;
};

// Every place that something is known for.
[[nodiscard]] std::span<const Source> sources();
// Null for a place that is free text.
[[nodiscard]] const Source* source_of(std::string_view place);

struct Flag {
  std::string name;  // with its dashes
  std::string description;
  std::string type;  // empty: it takes no value
};

struct CompletionCommand {
  std::string name, description;
  std::vector<std::string> words;  // by their places
  std::vector<Flag> flags;
};

// The script with what its marks stand for.
[[nodiscard]] std::string filled(
    std::string script, std::initializer_list<std::pair<std::string_view, std::string>> marks);

// All but the hidden ones.
[[nodiscard]] std::vector<CompletionCommand> commands_of(const CLI::App& app);

}  // namespace steward::cli
