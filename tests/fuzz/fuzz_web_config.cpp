// Any bytes are a web config or problems with places in the file; never anything else.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "steward/config/web_config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = steward::config::parse_web_config(text, "f");
  if (!config && !config.error().message.starts_with("f:")) std::abort();
  return 0;
}
