// The small answers: the first byte chooses the parser, the rest is what HAProxy would have said.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "steward/stats/answers.hpp"
#include "steward/stats/certificates.hpp"
#include "steward/stats/info.hpp"
#include "steward/stats/processes.hpp"

using namespace steward::stats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view answer(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      (void)parse_info(answer);
      break;
    case 1:
      (void)parse_tables(answer);
      break;
    case 2:
      (void)parse_resolvers(answer);
      break;
    case 3:
      (void)parse_certificate_names(answer);
      break;
    case 4:
      (void)parse_certificate(answer);
      break;
    default:
      (void)parse_processes(answer);
  }
  return 0;
}
