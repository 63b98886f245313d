// The tables themselves: what must hold for every row of them.
#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

#include "steward/exposition/process_families.hpp"
#include "steward/exposition/stat_families.hpp"

using namespace steward;
using namespace steward::exposition;

namespace {

template <class Visit>
void for_each_name(const Visit& visit) {
  for (const auto& families : {stat_families(), legacy_families()}) {
    for (const StatFamily& family : families) {
      for (std::size_t kind = 0; kind < stats::kKinds; ++kind) {
        const auto each = static_cast<stats::Kind>(kind);
        if ((family.kinds & bit(each)) == 0) continue;
        visit(std::string(prefix_of(each)) + std::string(family.suffix), family.type, family.help);
      }
    }
  }
  for (const ProcessFamily& family : process_families()) {
    if (family.key == "TotalSplicdedBytesOut") continue;  // 2.4's spelling of the one before
    visit("haproxy_process_" + std::string(family.suffix), family.type, family.help);
  }
}

}  // namespace

TEST_CASE("no two families have the same name") {
  std::set<std::string> seen;
  for_each_name([&](const std::string& name, Type, std::string_view) {
    INFO(name);
    CHECK(seen.insert(name).second);
  });
  CHECK(seen.size() > 250);
}

TEST_CASE("a counter's name ends in _total, but for those inherited from HAProxy") {
  const std::set<std::string> inherited{"haproxy_process_failed_resolutions",
                                        "haproxy_process_total_warnings"};
  for_each_name([&](const std::string& name, Type type, std::string_view) {
    INFO(name);
    if (type == Type::counter) CHECK((name.ends_with("_total") || inherited.contains(name)));
  });
}

TEST_CASE("a help text stays on its line and needs no escaping in any format") {
  for_each_name([&](const std::string& name, Type, std::string_view help) {
    INFO(name);
    CHECK_FALSE(help.empty());
    CHECK(help.find_first_of("\n\\\"") == std::string_view::npos);
  });
}
