// Any bytes are a configuration or a list of problems with places in the file; never anything else.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "steward/config/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = steward::config::parse(text, "f");
  if (config) {
    static_cast<void>(steward::config::validate(*config));
    return 0;
  }
  if (config.error().empty()) std::abort();
  for (const auto& problem : config.error()) {
    if (!problem.starts_with("f:") || problem.find('\n') != problem.npos) std::abort();
  }
  return 0;
}
