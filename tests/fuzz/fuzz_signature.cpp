// A signed request: header lines, an empty line, the body. What is taken as a signature has one to
// four digests, and the same headers in another case are the same; what was used once is not taken
// again.
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"
#include "steward/base/text.hpp"
#include "steward/http/signature.hpp"

using namespace steward;
using namespace steward::http;
using steward::fuzz::require;

namespace {

Request request_of(std::string_view text) {
  Request request;
  const auto end = std::min(text.find("\n\n"), text.size());
  for (const std::string_view line : split(text.substr(0, end), '\n')) {
    const auto colon = std::min(line.find(':'), line.size());
    request.headers.emplace_back(line.substr(0, colon),
                                 trim(line.substr(std::min(colon + 1, line.size()))));
  }
  request.body = text.substr(std::min(end + 2, text.size()));
  return request;
}

Request shouted(Request request) {
  for (auto& [name, value] : request.headers) {
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Request request = request_of({reinterpret_cast<const char*>(data), size});
  const auto signature = parse_signature(request);
  require(!signature || has_signature(request));
  const auto again = parse_signature(shouted(request));
  require(signature.has_value() == again.has_value());
  if (!signature) return 0;
  require(signature->digests == again->digests && signature->time == again->time);
  require(!signature->digests.empty() && signature->digests.size() <= 4);
  const auto ours = sign("a secret of ours", signature->time, request.body);
  require(ours && same(*ours, *ours));
  SeenSignatures seen;
  const SeenSignatures::Time now{};
  require(seen.add(signature->digests, now) == Use::first);
  require(seen.add(signature->digests, now) == Use::again);
  return 0;
}
