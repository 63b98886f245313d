#include "steward/control/rollout_requests.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

Refusal start(Scene& scene, std::vector<RolloutRequest::Pair> pairs) {
  const auto answer = scene.ask([&](Draft& draft, const World& at) {
    return start_rollout(draft, at, {{}, "web", std::move(pairs), {}, ""}, scene.caller);
  });
  return answer ? Refusal{} : answer.error();
}

}  // namespace

TEST_CASE("a rollout of what is not there is refused") {
  Scene scene;
  CHECK(start(scene, {{"web7", "", ""}}).guard == Guard::unknown_server);
  CHECK(start(scene, {}).guard == Guard::invalid_value);
  CHECK(start(scene, {{"web1", "", ""}, {"web1", "", ""}}).detail == "web1 is named twice");
  CHECK(start(scene, {{"#1", "", ""}}).guard == Guard::invalid_value);
  CHECK(start(scene, {{"web1", "web2", "10.0.0.1:80"}}).guard == Guard::exists);
  CHECK(start(scene, {{"web1", "new1", "app:80"}}).guard == Guard::invalid_value);
  CHECK(scene.book.rollouts().empty());
}

TEST_CASE("a backend has one rollout at a time") {
  Scene scene;
  CHECK(start(scene, {{"web1", "", ""}}).guard == Guard::none);
  CHECK(start(scene, {{"web2", "", ""}}).guard == Guard::exists);
}

TEST_CASE("a server is in one person's hands at a time") {
  Scene scene;
  const auto remove = [&scene](const std::string& server) {
    return scene.ask([&](Draft& draft, const World& at) {
      return remove_server(draft, at, {{}, "web", server, 10s, false, false, ""}, scene.caller);
    });
  };
  CHECK(remove("web3").has_value());
  CHECK(start(scene, {{"web3", "", ""}}).detail.find("is draining already") != std::string::npos);
  CHECK(start(scene, {{"web1", "", ""}}).guard == Guard::none);
  CHECK(remove("web1").error().detail.ends_with("which is running: abort it first"));
  CHECK(remove("web2").has_value());
}

TEST_CASE("an operator may cycle, and not replace") {
  Scene scene;
  scene.caller.principal.role = Role::operator_;
  CHECK(start(scene, {{"web1", "new1", "10.0.0.1:80"}}).guard == Guard::forbidden);
  CHECK(start(scene, {{"web1", "", ""}}).guard == Guard::none);
  scene.caller.principal.role = Role::viewer;
  CHECK(start(scene, {{"web2", "", ""}}).guard == Guard::forbidden);
}

TEST_CASE("a rollout cannot be told what it cannot do") {
  Scene scene;
  start(scene, {{"web1", "", ""}});
  const Rollout rollout = scene.book.rollouts().begin()->second;
  const auto tell = [&](RolloutChange change) {
    return scene.ask([&](Draft& draft, const World& at) {
      return change_rollout(draft, at, rollout, change, "", "", scene.caller);
    });
  };
  CHECK(tell(RolloutChange::resume).error().guard == Guard::exists);
  CHECK(tell(RolloutChange::approve).error().detail.ends_with("does not wait for an approval"));
  CHECK(tell(RolloutChange::pause));
}
