// A newer wish about a server takes the place of the one that stands when it stands itself.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "control/scene.hpp"
#include "steward/control/rollout_requests.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

struct Successive : Scene {
  Membership stand(const std::string& server, const std::string& address) {
    const auto made = add({{}, "web", server, address, {}, {}, 30s, ""});
    seconds(4);
    REQUIRE(stage(made) == Stage::present);
    return made;
  }
  Membership gone(const std::string& server) {
    const auto made = remove({{}, "web", server, 10s, false, false, ""});
    seconds(4);
    REQUIRE(stage(made) == Stage::absent);
    return made;
  }
  // One that its sessions keep.
  Membership begin_to_remove(const std::string& name) {
    server(name).sessions = 3;
    auto made = remove({{}, "web", name, 2s, false, false, ""});
    seconds(1);
    return made;
  }
  // One whose checks never pass.
  Membership begin_to_add(const std::string& server, const std::string& address) {
    haproxy.dead_on_arrival = true;
    auto made = add({{}, "web", server, address, {}, {}, 3s, ""});
    settle();
    return made;
  }
  void end(const Membership& which) {
    ask([&](Draft& draft, const World& at) {
      return end_membership(draft, at, Membership(*book.membership(which.id)), caller);
    });
  }
  void reload_and_wait() {
    haproxy.dead_on_arrival = false;
    haproxy.reload();
    seconds(6);
  }
  [[nodiscard]] Stage stage(const Membership& which) const {
    return book.membership(which.id)->stage;
  }
  [[nodiscard]] bool there(const char* name) const {
    return haproxy.backends.at("web").contains(name);
  }
};

}  // namespace

TEST_CASE("a removal that fails, or is ended, leaves what was added before it") {
  const bool fails = GENERATE(true, false);
  CAPTURE(fails);
  Successive scene;
  const auto added = scene.stand("web9", "10.0.0.9:80");
  const auto removal = scene.begin_to_remove("web9");
  if (!fails) scene.end(removal);
  scene.seconds(8);
  REQUIRE(scene.stage(removal) == (fails ? Stage::failed : Stage::ended));
  CHECK(scene.stage(added) == Stage::present);
  scene.reload_and_wait();
  CHECK(scene.stage(added) == Stage::present);
  CHECK(scene.there("web9"));
  CHECK(scene.usable_servers() == 5);
}

TEST_CASE("an addition that fails, or is ended, leaves the removal before it") {
  const bool fails = GENERATE(true, false);
  CAPTURE(fails);
  Successive scene;
  const auto removal = scene.gone("web1");
  const auto added = scene.begin_to_add("web1", "10.0.0.8:80");
  REQUIRE(scene.stage(added) == Stage::joining);
  if (!fails) scene.end(added);
  scene.seconds(8);
  REQUIRE(scene.stage(added) == Stage::failed);
  CHECK(scene.stage(removal) == Stage::absent);
  scene.reload_and_wait();
  CHECK(scene.stage(removal) == Stage::absent);
  CHECK_FALSE(scene.there("web1"));
}

TEST_CASE("what stands ends when the newer wish does, by the newer one's name") {
  Successive scene;
  const auto added = scene.stand("web9", "10.0.0.9:80");
  const auto removal = scene.begin_to_remove("web9");
  CHECK(scene.stage(added) == Stage::present);
  CHECK(scene.book.membership_of(added.target)->id == removal.id);
  scene.server("web9").sessions = 0;
  scene.seconds(4);
  CHECK(scene.stage(removal) == Stage::absent);
  CHECK(scene.stage(added) == Stage::ended);
  CHECK(scene.book.membership(added.id)->detail == "somebody removed it: " + removal.id);
}

TEST_CASE("a steward that starts anew knows what a failed removal goes back to") {
  Successive scene;
  const auto added = scene.stand("web9", "10.0.0.9:80");
  const auto removal = scene.begin_to_remove("web9");
  scene.begin_again();
  scene.seconds(12);
  CHECK(scene.stage(removal) == Stage::failed);
  scene.begin_again();
  scene.reload_and_wait();
  CHECK(scene.stage(added) == Stage::present);
  CHECK(scene.there("web9"));
}

TEST_CASE("a removal goes on when what it replaces is ended meanwhile") {
  Successive scene;
  const auto added = scene.stand("web9", "10.0.0.9:80");
  const auto removal = scene.begin_to_remove("web9");
  scene.end(added);
  scene.server("web9").sessions = 0;
  scene.seconds(4);
  CHECK(scene.stage(added) == Stage::ended);
  CHECK(scene.stage(removal) == Stage::absent);
  CHECK_FALSE(scene.there("web9"));
}

TEST_CASE("a reload that brings a removed server back while it is added fulfils the addition") {
  const bool same = GENERATE(true, false);
  CAPTURE(same);
  Successive scene;
  const auto removal = scene.gone("web1");
  const auto added = scene.begin_to_add("web1", same ? "10.0.0.1:80" : "10.0.0.8:80");
  REQUIRE(scene.stage(added) == Stage::joining);
  scene.reload_and_wait();
  CHECK(scene.stage(added) == (same ? Stage::ended : Stage::yielded));
  CHECK(scene.stage(removal) == (same ? Stage::ended : Stage::absent));
  CHECK(scene.there("web1") == same);
}

TEST_CASE("a rollout that cannot remove what was added before leaves it wished") {
  Successive scene;
  const auto added = scene.stand("web9", "10.0.0.9:80");
  scene.haproxy.refused = {Verb::del_server};
  RolloutRequest request{{}, "web", {{"web9", "new9", "10.0.1.9:80"}}, {}, ""};
  request.terms.soak = 1s;
  const auto rollout = scene.ask([&](Draft& draft, const World& at) {
    return start_rollout(draft, at, request, scene.caller);
  });
  for (int i = 0; i < 60 && live(scene.book.rollout(rollout->id)->phase); ++i) scene.seconds(1);
  CHECK(scene.book.rollout(rollout->id)->phase == RolloutPhase::failed);
  CHECK(scene.stage(added) == Stage::present);
  scene.haproxy.refused.clear();
  scene.reload_and_wait();
  CHECK(scene.there("web9"));
}
