#include "steward/control/targets.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

struct Addressed : Scene {
  Addressed() {
    auto& web = haproxy.backends.at("web");
    web.at("web1").address = "::1";
    web.at("web2").address = "::1:80";
    web.at("web3").address = "10.0.0.3";
    settle();
  }
  [[nodiscard]] std::vector<std::string> at(const std::string& address) {
    TargetSpec spec;
    spec.address = address;
    const auto found = find_targets(spec, world());
    std::vector<std::string> names;
    if (found) {
      for (const ServerRef& each : found->servers) names.push_back(each.server);
    }
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("an address means the servers that have it, with its port if it names one") {
  Addressed scene;
  CHECK(scene.at("10.0.0.3") == Names{"web3"});
  CHECK(scene.at("10.0.0.3:80") == Names{"web3"});
  CHECK(scene.at("10.0.0.3:81").empty());
}

TEST_CASE("an IPv6 address never stands for another one with a port") {
  Addressed scene;
  CHECK(scene.at("::1") == Names{"web1"});
  CHECK(scene.at("[::1]:80") == Names{"web1"});
  CHECK(scene.at("::1:80") == Names{"web2"});
}
