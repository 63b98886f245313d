// Files the configuration consists of.
#pragma once

#include <cstddef>
#include <string>

#include "steward/base/result.hpp"

namespace steward::config {

// `path` as seen from the folder of `file_name`, unless it is absolute; empty stays empty.
[[nodiscard]] std::string beside(const std::string& file_name, const std::string& path);

// The file's bytes, up to `most` + 1 of them, so that the caller can tell that there are more.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t most);

}  // namespace steward::config
