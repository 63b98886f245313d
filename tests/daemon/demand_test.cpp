#include "steward/daemon/demand.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::daemon;

namespace {

Demand demand(const std::vector<std::pair<std::string, std::string>>& query) {
  return demand_of(REQUIRE_OK(exposition::parse_selection(query)));
}

}  // namespace

TEST_CASE("a full page asks for everything") {
  const Demand all = demand({});
  CHECK(all.stat_types == kAllTypes);
  CHECK(all.servers_state);
  CHECK(all.tables);
  CHECK(all.resolvers);
  CHECK(all.certificates);
  CHECK(all.old_workers);
}

TEST_CASE("a scope asks for its part only") {
  CHECK(demand({{"scope", "global"}}) == Demand{});
  CHECK(demand({{"scope", "frontend"}}).stat_types == kFrontendType);
  CHECK(demand({{"scope", "server"}}).stat_types == kServerType);
  CHECK(demand({{"scope", "server"}}).servers_state);
  CHECK(demand({{"scope", "sticktable"}}).tables);
}

TEST_CASE("backends need their servers for the aggregates, unless those are not wanted") {
  CHECK(demand({{"scope", "backend"}}).stat_types == (kBackendType | kServerType));
  CHECK(demand({{"scope", "backend"},
                {"metrics",
                 "-haproxy_backend_agg_server_status,-haproxy_backend_agg_check_status,"
                 "-haproxy_backend_agg_server_check_status"}})
            .stat_types == kBackendType);
}

TEST_CASE("a list of metrics asks for what it needs") {
  const Demand one = demand({{"metrics", "haproxy_server_current_sessions"}});
  CHECK(one.stat_types == kServerType);
  CHECK_FALSE(one.servers_state);
  CHECK_FALSE(one.certificates);
  CHECK(demand({{"metrics", "haproxy_server_admin_state"}}).servers_state);
  CHECK(demand({{"metrics", "haproxy_up"}}) == Demand{});
}
