#include "steward/control/membership_requests.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

AddRequest addition(const std::string& server = "web9") {
  return {{}, "web", server, "10.0.0.9:80", {}, {}, 30s, ""};
}

Refusal refusal_of(Scene& scene, const AddRequest& request) {
  const auto answer = scene.ask(
      [&](Draft& draft, const World& at) { return add_server(draft, at, request, scene.caller); });
  return answer ? Refusal{} : answer.error();
}

Refusal refusal_of(Scene& scene, const RemoveRequest& request) {
  const auto answer = scene.ask([&](Draft& draft, const World& at) {
    return remove_server(draft, at, request, scene.caller);
  });
  return answer ? Refusal{} : answer.error();
}

}  // namespace

TEST_CASE("a server that is there, or on its way, is not added") {
  Scene scene;
  CHECK(refusal_of(scene, addition("web1")) ==
        Refusal{Guard::exists, "lb1:web/web1 is there already"});
  scene.add(addition());
  CHECK(refusal_of(scene, addition()).guard == Guard::exists);
}

TEST_CASE("what cannot be a server is not asked of HAProxy") {
  Scene scene;
  auto request = addition();
  request.backend = "wep";
  CHECK(refusal_of(scene, request) ==
        Refusal{Guard::unknown_server, "there is no backend 'wep'; did you mean 'web'?"});
  request = addition("web9;del");
  CHECK(refusal_of(scene, request).guard == Guard::invalid_value);
  request = addition();
  request.address = "app.example:80";
  CHECK(refusal_of(scene, request).detail.starts_with("'app.example' is a name"));
  request = addition();
  request.like = "web77";
  CHECK(refusal_of(scene, request).detail == "web has no server 'web77' to be like");
}

TEST_CASE("a backend with static balancing takes no server at runtime") {
  Scene scene;
  scene.haproxy.algorithms["web"] = "static-rr";
  scene.look();
  CHECK(refusal_of(scene, addition()).detail.starts_with("web balances by static-rr"));
}

TEST_CASE("without a look at HAProxy nothing is added or removed") {
  Scene scene;
  scene.blind = true;
  CHECK(refusal_of(scene, addition()).guard == Guard::unreachable);
  CHECK(refusal_of(scene, RemoveRequest{{}, "web", "web1", 1s, false, false, ""}).guard ==
        Guard::unreachable);
}

TEST_CASE("only an admin adds and removes") {
  Scene scene;
  scene.caller.principal.role = Role::operator_;
  CHECK(refusal_of(scene, addition()).guard == Guard::forbidden);
  CHECK(refusal_of(scene, RemoveRequest{{}, "web", "web1", 1s, false, false, ""}).guard ==
        Guard::forbidden);
}

TEST_CASE("a removal that would leave too few servers is refused, unless it is forced") {
  Scene scene(2);
  scene.policy.limits.defaults.min_available_count = 2;
  RemoveRequest request{{}, "web", "web1", 1s, false, false, ""};
  CHECK(refusal_of(scene, request).guard == Guard::min_available);
  CHECK(scene.book.memberships().empty());
  request.force = true;
  CHECK(refusal_of(scene, request).guard == Guard::none);
}

TEST_CASE("a newer wish takes the place of the one that stands") {
  Scene scene;
  const auto added = scene.add(addition());
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  const auto removed = scene.remove({{}, "web", "web9", 10s, false, false, ""});
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.book.membership(added.id)->stage == Stage::ended);
  CHECK(scene.book.membership(removed.id)->stage == Stage::absent);
  scene.add(addition());
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.usable_servers() == 5);
}

TEST_CASE("what is refused leaves no trace") {
  Scene scene;
  scene.policy.limits.defaults.min_available_percent = 100;
  refusal_of(scene, RemoveRequest{{}, "web", "web1", 1s, false, false, ""});
  CHECK(scene.book.live_count() == 0);
  CHECK(scene.book.memberships().empty());
}
