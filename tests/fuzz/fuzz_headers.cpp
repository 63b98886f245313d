// What a client says in its headers: Accept, Accept-Encoding and Authorization. A login that is
// taken has no NUL, and its user no colon.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "steward/http/credentials.hpp"
#include "steward/http/negotiation.hpp"

using namespace steward::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  static_cast<void>(negotiate_format(value));
  static_cast<void>(accepts_gzip(value));
  const auto login = parse_basic(value);
  if (!login) return 0;
  const bool bad = login->user.find(':') != std::string::npos ||
                   login->user.find('\0') != std::string::npos ||
                   login->password.find('\0') != std::string::npos;
  if (bad) std::abort();
  return 0;
}
