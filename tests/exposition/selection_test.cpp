#include "steward/exposition/selection.hpp"

#include <catch2/catch_test_macros.hpp>

#include "steward/base/limits.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::exposition;

TEST_CASE("no parameters select everything but the extra counters") {
  const Selection all = REQUIRE_OK(parse_selection({}));
  for (std::size_t i = 0; i < kScopes; ++i) CHECK(all.wants(static_cast<Scope>(i)));
  CHECK(all.wants_family("haproxy_up"));
  CHECK_FALSE(all.extra_counters);
  CHECK_FALSE(all.no_maint);
}

TEST_CASE("scopes add up; an empty one stands for none, as in HAProxy") {
  const Selection two = REQUIRE_OK(parse_selection({{"scope", "server"}, {"scope", "global"}}));
  CHECK(two.wants(Scope::server));
  CHECK(two.wants(Scope::global));
  CHECK_FALSE(two.wants(Scope::backend));
  CHECK_FALSE(REQUIRE_OK(parse_selection({{"scope", ""}})).wants(Scope::server));
  CHECK(REQUIRE_OK(parse_selection({{"scope", ""}, {"scope", "*"}})).wants(Scope::worker));
}

TEST_CASE("an unknown scope is refused with those there are") {
  const auto bad = parse_selection({{"scope", "servers"}});
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == ErrorCode::invalid);
  CHECK(bad.error().message.find("backend") != std::string::npos);
}

TEST_CASE("a metrics list selects by exact name, and leaves out by a minus") {
  const Selection some =
      REQUIRE_OK(parse_selection({{"metrics", "haproxy_up, haproxy_server_status"}}));
  CHECK(some.wants_family("haproxy_up"));
  CHECK_FALSE(some.wants_family("haproxy_server_weight"));
  const Selection without = REQUIRE_OK(parse_selection({{"metrics", "-haproxy_server_weight"}}));
  CHECK(without.wants_family("haproxy_up"));
  CHECK_FALSE(without.wants_family("haproxy_server_weight"));
}

TEST_CASE("name patterns match whole names") {
  const Selection web = REQUIRE_OK(parse_selection({{"proxy", "web|api"}, {"server", "s[0-9]"}}));
  CHECK(web.proxy.matches("web"));
  CHECK(web.proxy.matches("api"));
  CHECK_FALSE(web.proxy.matches("web2"));
  CHECK(web.server.matches("s1"));
  CHECK_FALSE(web.server.matches("s10"));
}

TEST_CASE("a pattern that is none, or is too long, is refused") {
  CHECK_FALSE(parse_selection({{"proxy", "("}}));
  CHECK(parse_selection({{"server", std::string(limits::kPatternBytes, 'a')}}));
  CHECK_FALSE(parse_selection({{"server", std::string(limits::kPatternBytes + 1, 'a')}}));
  CHECK_FALSE(parse_selection({{"proxy", "a"}, {"proxy", "b"}}));
}

TEST_CASE("parameters of others are left to them") {
  CHECK(parse_selection({{"target", "lb1"}, {"desc-labels", ""}}));
}
