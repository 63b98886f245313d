// Snapshots made of what real HAProxies answered.
#pragma once

#include <string>

#include "steward/stats/snapshot.hpp"
#include "steward/stats/stat_parser.hpp"
#include "support/fixture.hpp"
#include "support/require_ok.hpp"

namespace steward::test {

inline stats::Snapshot captured_snapshot(const std::string& version) {
  const auto read = [&](const std::string& name) {
    return read_fixture("captures/" + version + "/" + name);
  };
  stats::Snapshot snapshot;
  snapshot.info = REQUIRE_OK(stats::parse_info(read("show_info.txt")));
  snapshot.stat = REQUIRE_OK(stats::parse_stat(read("show_stat.csv")));
  snapshot.servers = REQUIRE_OK(stats::parse_servers_state(read("show_servers_state.txt")));
  snapshot.tables = REQUIRE_OK(stats::parse_tables(read("show_table.txt")));
  snapshot.nameservers = REQUIRE_OK(stats::parse_resolvers(read("show_resolvers.txt")));
  return snapshot;
}

}  // namespace steward::test
