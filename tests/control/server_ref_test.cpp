#include "steward/control/server_ref.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;
using namespace steward::control;

TEST_CASE("a server is named by its backend and its name") {
  const auto ref = parse_server_ref("web/web1");
  REQUIRE(ref);
  CHECK(*ref == ServerRef{"", "web", "web1"});
  CHECK(to_string(*ref) == "web/web1");
  CHECK(to_string(ServerRef{"lb1", "web", "web1"}) == "lb1:web/web1");
}

TEST_CASE("what could be more than a name never becomes one") {
  for (const std::string text :
       {"web", "web/", "/web1", "web/web1/x", "#1/#2", "web/#2", "web/ser;ver", "web/a b",
        "web/a\nb", "web/a\\b", "web/*", "web/ä", "", "web/<<"}) {
    CAPTURE(text);
    CHECK(!parse_server_ref(text));
  }
  CHECK(!parse_server_ref(std::string("web/a\0b", 7)));
  CHECK(!valid_haproxy_name(std::string(256, 'a')));
  CHECK(valid_haproxy_name(std::string(255, 'a')));
}
