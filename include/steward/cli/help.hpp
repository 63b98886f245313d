// What --help prints, the same with every CLI11.
#pragma once

#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace steward::cli {

// "haproxy-steward serve".
[[nodiscard]] std::string path_of(const CLI::App& app);

// The description, the usage, commands, arguments and flags of `app` in columns, and its footer.
// Lines of the columns are as long as they are written: keep descriptions short.
[[nodiscard]] std::string help_text(const CLI::App& app);

}  // namespace steward::cli
