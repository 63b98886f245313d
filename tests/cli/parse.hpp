// The command line, as the shell gives it.
#pragma once

#include <vector>

#include "steward/cli/arguments.hpp"

namespace steward::test {

inline tl::expected<cli::Arguments, cli::Ending> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "haproxy-steward");
  return cli::parse_arguments(static_cast<int>(words.size()), words.data());
}

}  // namespace steward::test
