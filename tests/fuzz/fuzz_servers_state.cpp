// `show servers state`: any bytes. Rows must point into text that lives.
#include <cstddef>
#include <cstdint>
#include <string>

#include "steward/stats/servers_state.hpp"

using namespace steward::stats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto parsed = parse_servers_state(std::string(reinterpret_cast<const char*>(data), size));
  if (!parsed) return 0;
  const ServersState moved = std::move(*parsed);
  std::size_t bytes = 0;
  for (const ServerState& state : moved.rows()) {
    for (const char c : state.name) bytes += static_cast<unsigned char>(c);
    for (const char c : state.address) bytes += static_cast<unsigned char>(c);
  }
  return bytes == SIZE_MAX ? 1 : 0;
}
