// `show stat`: any bytes, in two pieces. What is accepted must render, and render alike however
// it was cut.
#include <cstddef>
#include <cstdint>
#include <string>

#include "require.hpp"
#include "steward/stats/stat_parser.hpp"

using namespace steward;
using namespace steward::stats;
using steward::fuzz::require;

namespace {

Result<StatTable> parse_in_two(std::string_view answer, std::size_t cut) {
  StatParser parser;
  for (const std::string_view piece : {answer.substr(0, cut), answer.substr(cut)}) {
    if (auto fed = parser.feed(piece); !fed) return tl::unexpected(fed.error());
  }
  if (auto ended = parser.end_answer(); !ended) return tl::unexpected(ended.error());
  return parser.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view answer(reinterpret_cast<const char*>(data), size);
  const auto whole = parse_stat(answer);
  const auto pieces = parse_in_two(answer, size / 2);
  require(whole.has_value() == pieces.has_value());
  if (!whole) return 0;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    const StatRows& rows = whole->rows(static_cast<Kind>(kind));
    const StatRows& others = pieces->rows(static_cast<Kind>(kind));
    require(rows.size() == others.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
      require(rows.at(number("scur"), row) == others.at(number("scur"), row));
      require(whole->text(static_cast<Kind>(kind), text("svname"), row) ==
              pieces->text(static_cast<Kind>(kind), text("svname"), row));
    }
  }
  return 0;
}
