// A metrics page, written and read back.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <string>
#include <string_view>

#include "steward/base/text.hpp"
#include "steward/exposition/page.hpp"

namespace steward::test {

inline std::string page_text(std::span<const exposition::PageInstance> instances,
                             const exposition::PageOptions& options = {}) {
  std::string text;
  const exposition::Sink sink = [&](std::string_view bytes) {
    text += bytes;
    return true;
  };
  REQUIRE(exposition::write_page(instances, options, "", sink));
  return text;
}

inline std::string page_text(const stats::Snapshot& snapshot,
                             const exposition::PageOptions& options = {}) {
  const exposition::PageInstance one{"", &snapshot};
  return page_text({&one, 1}, options);
}

// name{labels} → value, of every line that is a sample.
inline std::map<std::string, std::string> samples(std::string_view page) {
  std::map<std::string, std::string> found;
  for (const std::string_view line : split(page, '\n')) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t space = line.rfind(' ');
    const bool fresh =
        found.emplace(std::string(line.substr(0, space)), std::string(line.substr(space + 1)))
            .second;
    INFO(line);
    CHECK(fresh);  // no series stands twice
  }
  return found;
}

inline std::string family_of(std::string_view series) {
  return std::string(series.substr(0, series.find('{')));
}

}  // namespace steward::test
