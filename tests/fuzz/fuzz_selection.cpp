// A hostile query string over a small page: every line must stay a comment or a sample.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "steward/base/text.hpp"
#include "steward/exposition/page.hpp"
#include "steward/stats/stat_parser.hpp"

using namespace steward;

namespace {

// The first line is the query, the second the name of a server; all bytes are possible in both.
std::string row(std::string_view name) {
  std::string quoted = "web,\"";
  for (const char c : name) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + "\",3,UP,2,\n";
}

std::vector<std::pair<std::string, std::string>> query_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> query;
  for (const std::string_view part : split(text, '&')) {
    const std::size_t equals = part.find('=');
    query.emplace_back(part.substr(0, equals),
                       equals == std::string_view::npos ? "" : part.substr(equals + 1));
  }
  return query;
}

void check_line(std::string_view line) {
  const bool known = line.starts_with("haproxy_") || line.starts_with("# HELP haproxy_") ||
                     line.starts_with("# TYPE haproxy_") || line == "# EOF";
  if (!known || to_utf8(line) != line) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = input.find('\n');
  const auto selection = exposition::parse_selection(query_of(input.substr(0, cut)));
  if (!selection) return 0;
  const std::string_view name =
      cut == std::string_view::npos ? std::string_view("web1") : input.substr(cut + 1);
  auto table = stats::parse_stat("# pxname,svname,scur,status,type,\n" + row(name) + "\n");
  if (!table) return 0;
  stats::Snapshot snapshot;
  snapshot.stat = std::move(*table);
  const exposition::PageInstance instance{"", &snapshot};
  exposition::PageOptions options{exposition::Format::openmetrics_1_0, *selection, true};
  std::string page;
  exposition::write_page({&instance, 1}, options, "", [&](std::string_view bytes) {
    page += bytes;
    return true;
  });
  for (const std::string_view line : split(page, '\n')) {
    if (!line.empty()) check_line(line);
  }
  return 0;
}
