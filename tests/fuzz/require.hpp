// What a fuzz target promises; a broken promise ends it, and libFuzzer keeps the input.
#pragma once

#include <cstdlib>

namespace steward::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace steward::fuzz
