#include "steward/control/joining.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"
#include "steward/control/plan.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

struct Added : Scene {
  Added() : made(add({{}, "web", "web9", "10.0.0.9:80", {}, {}, 30s, ""})) {}
  [[nodiscard]] const Membership& now_it_is() const { return *book.membership(made.id); }
  // HAProxy is reloaded, and told to add it again; nobody has seen yet that it did.
  void lose_and_add_again() {
    haproxy.reload();
    look();
    (void)compare();
    for (const Step& step : compare()) haproxy.apply(step);
    look();
  }
  [[nodiscard]] bool there() const { return haproxy.backends.at("web").contains("web9"); }
  // It is told to serve, and nobody has looked since.
  void let_in() {
    for (int i = 0; i < 60 && (!there() || server("web9").admin != 0); ++i) {
      idle(1s);
      look();
      for (const Step& step : compare()) haproxy.apply(step);
    }
    REQUIRE(now_it_is().stage == Stage::joining);
    REQUIRE(usable_servers() == 5);
  }
  void kill_the_others() {
    for (auto* name : {"web1", "web2", "web3", "web4"}) server(name).alive = false;
    idle(5s);
    REQUIRE(usable_servers() == 1);
  }
  void end() {
    ask([&](Draft& draft, const World& at) {
      return end_membership(draft, at, Membership(now_it_is()), caller);
    });
  }
  Membership made;
};

}  // namespace

TEST_CASE("a server that is added serves once a check has passed") {
  Added scene;
  CHECK(scene.now_it_is().stage == Stage::adding);
  scene.settle();
  CHECK(scene.now_it_is().stage == Stage::joining);
  CHECK(scene.usable_servers() == 4);
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::present);
  CHECK(scene.usable_servers() == 5);
  CHECK(scene.server("web9").checks);
}

TEST_CASE("a server that is added waits for a check, however often it is looked at") {
  Added scene;
  for (int i = 0; i < 4; ++i) scene.settle();
  CHECK(scene.now_it_is().stage == Stage::joining);
  CHECK(scene.server("web9").admin == stats::forced_drain);
  scene.server("web9").alive = false;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::joining);
  CHECK(scene.usable_servers() == 4);
}

TEST_CASE("a health that is wished of a server before it is let in is told when it is") {
  Added scene;
  scene.look();
  for (const Step& step : scene.compare()) scene.haproxy.apply(step);
  scene.look();
  scene.act({Setting::health, kUp}, "web9");
  for (int i = 0; i < 4; ++i) scene.settle();
  CHECK(scene.now_it_is().stage == Stage::present);
  CHECK(scene.server("web9").admin == 0);
  CHECK(scene.server("web9").health == scene.server("web9").full_health());
}

TEST_CASE("a server whose checks never pass is taken away again") {
  Added scene;
  scene.haproxy.dead_on_arrival = true;
  for (int i = 0; i < 40 && live(scene.now_it_is().stage); ++i) {
    scene.pass(1s);
    CHECK(scene.usable_servers() == 4);
  }
  CHECK(scene.now_it_is().stage == Stage::failed);
  CHECK(scene.now_it_is().detail == "no check of it passed within 30 s");
  CHECK_FALSE(scene.there());
  const Book::Shelf* left = scene.book.shelf(scene.made.target);
  REQUIRE(left != nullptr);  // what a file may bring back
  CHECK(left->live.empty());
  CHECK(std::ranges::all_of(left->holds, &Hold::gone));
}

TEST_CASE("a server that starts slowly serves all the same") {
  Scene scene;
  const auto made =
      scene.add({{}, "web", "web9", "10.0.0.9:80", {}, {{"slowstart", "10m"}}, 30s, ""});
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.book.membership(made.id)->stage == Stage::present);
  CHECK(scene.server("web9").operational == 1);
}

TEST_CASE("one that nobody wants any more while it is added again after a reload is deleted") {
  Added scene;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  REQUIRE(scene.now_it_is().stage == Stage::present);
  scene.lose_and_add_again();
  REQUIRE(scene.now_it_is().stage == Stage::adding);
  REQUIRE(scene.there());
  scene.ask([&](Draft& draft, const World& at) {
    return end_membership(draft, at, Membership(scene.now_it_is()), scene.caller);
  });
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::failed);
  CHECK_FALSE(scene.there());
}

TEST_CASE("one that served is let in after a reload, however late it is looked at") {
  Added scene;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  REQUIRE(scene.now_it_is().stage == Stage::present);
  scene.lose_and_add_again();
  (void)scene.compare();
  REQUIRE(scene.now_it_is().stage == Stage::joining);
  REQUIRE(scene.usable_servers() == 4);
  scene.now += 60s;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::present);
  CHECK(scene.usable_servers() == 5);
}

TEST_CASE("what HAProxy refuses has failed, with HAProxy's words") {
  Added scene;
  scene.haproxy.refused = {Verb::add_server};
  scene.settle();
  scene.settle();
  CHECK(scene.now_it_is().stage == Stage::failed);
  CHECK(scene.now_it_is().detail == "HAProxy says: no");
}

TEST_CASE("a HAProxy that does not answer is told again until the deadline") {
  Added scene;
  scene.haproxy.deaf = true;
  scene.haproxy.answers = false;
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::adding);
  scene.haproxy.deaf = false;
  scene.haproxy.answers = true;
  for (int i = 0; i < 12; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::present);
}

TEST_CASE("an added server is added again after a reload, and not twice") {
  Added scene;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  REQUIRE(scene.now_it_is().stage == Stage::present);
  scene.haproxy.reload();
  REQUIRE_FALSE(scene.there());
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::present);
  CHECK(scene.usable_servers() == 5);
  const auto told = scene.haproxy.told;
  scene.pass(1s);
  CHECK(scene.haproxy.told == told);
}

TEST_CASE("one that was down at a reload stays, as any other server would") {
  Added scene;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  scene.haproxy.reload();
  scene.haproxy.dead_on_arrival = true;
  for (int i = 0; i < 40; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::present);
  CHECK(scene.there());
}

TEST_CASE("a server that a person deletes is not added again") {
  Added scene;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  scene.haproxy.backends["web"].erase("web9");
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::yielded);
  CHECK_FALSE(scene.there());
}

TEST_CASE("a person's server of the same name is left alone") {
  Added scene;
  scene.haproxy.backends["web"]["web9"] = {};
  scene.settle();
  CHECK(scene.now_it_is().stage == Stage::yielded);
  CHECK(scene.now_it_is().detail == "somebody else added it, at 10.0.0.1:80");
  CHECK(scene.there());
}

TEST_CASE("a steward that starts anew goes on where the old one was") {
  for (int seconds = 0; seconds < 4; ++seconds) {
    Added scene;
    for (int i = 0; i < seconds; ++i) scene.pass(1s);
    scene.book = scene.reloaded();
    // What the old one doubted, and what happened to it since, it cannot tell: only time does.
    for (int i = 0; i < 12; ++i) scene.pass(1s);
    CAPTURE(seconds);
    CHECK(scene.now_it_is().stage == Stage::present);
    CHECK(scene.usable_servers() == 5);
  }
}

TEST_CASE("a server that joins is ended: it goes again") {
  Added scene;
  scene.haproxy.dead_on_arrival = true;
  scene.pass(1s);
  REQUIRE(scene.now_it_is().stage == Stage::joining);
  scene.ask([&](Draft& draft, const World& at) {
    return end_membership(draft, at, Membership(scene.now_it_is()), scene.caller);
  });
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::failed);
  CHECK(scene.now_it_is().detail == "alice ended it");
  CHECK_FALSE(scene.there());
}

TEST_CASE("a wish of a server that joins changes neither its checks nor what it becomes") {
  for (const Value wish : {Value{Setting::state, kReady}, Value{Setting::state, kDrain},
                           Value{Setting::weight, 30}, Value{Setting::health, kUp}}) {
    CAPTURE(to_string(wish));
    Added scene;
    scene.settle();
    REQUIRE(scene.now_it_is().stage == Stage::joining);
    scene.server("web9").has_agent = true;
    const auto report = scene.act(wish, "web9");
    CHECK(scene.usable_servers() == 4);
    for (int i = 0; i < 4; ++i) scene.pass(1s);
    const bool ready = wish == Value{Setting::state, kReady};  // which it is then without it
    CHECK(scene.only(report).phase == (ready ? Phase::released : Phase::active));
    CHECK(scene.now_it_is().stage == Stage::present);
    if (!ready) scene.release(scene.only(report).id);
    for (int i = 0; i < 14; ++i) scene.pass(1s);  // its agent is heard before it serves
    CHECK(scene.only(report).phase == Phase::released);
    CHECK(scene.server("web9").checks);
    CHECK(scene.server("web9").agent);
    CHECK(scene.server("web9").admin == 0);
    CHECK(scene.usable_servers() == 5);
  }
}

TEST_CASE("one that serves already is taken away again only as the gate allows") {
  Added scene;
  scene.let_in();
  scene.kill_the_others();
  scene.end();
  for (int i = 0; i < 4; ++i) {
    scene.pass(1s);
    CHECK(scene.usable_servers() == 1);
  }
  CHECK(scene.now_it_is().stage == Stage::undoing);
  CHECK(scene.now_it_is().detail.starts_with("alice ended it; it serves meanwhile: 0 of the 4"));
  for (auto* name : {"web1", "web2"}) scene.server(name).alive = true;
  scene.seconds(6);
  CHECK(scene.now_it_is().stage == Stage::failed);
  CHECK(scene.now_it_is().detail == "alice ended it");
  CHECK_FALSE(scene.there());
  CHECK(scene.usable_servers() == 2);
}

TEST_CASE("of two that serve already and are ended at once the last one stays") {
  Added scene;
  const auto other = scene.add({{}, "web", "web8", "10.0.0.8:80", {}, {}, 30s, ""});
  scene.seconds(4);
  REQUIRE(scene.usable_servers() == 6);
  for (auto* name : {"web1", "web2", "web3", "web4"}) scene.server(name).alive = false;
  scene.seconds(6);
  // As if neither had been read back yet.
  for (const auto& id : {scene.made.id, other.id}) {
    Membership joins = *scene.book.membership(id);
    joins.stage = Stage::joining;
    joins.served = false;
    scene.book.put(joins);
    scene.ask([&](Draft& draft, const World& at) {
      return end_membership(draft, at, joins, scene.caller);
    });
  }
  for (int i = 0; i < 6; ++i) {
    scene.pass(1s);
    CHECK(scene.usable_servers() >= 1);
  }
}

TEST_CASE("what was to take one away again is held against a later look") {
  Added scene;
  scene.let_in();
  scene.look();
  scene.end();
  const auto steps = scene.compare();
  REQUIRE_FALSE(steps.empty());
  scene.kill_the_others();
  scene.look();
  for (const Step& step : still_safe(scene.book, scene.world(), scene.sight(), steps)) {
    scene.haproxy.apply(step);
  }
  CHECK(scene.usable_servers() == 1);
}

TEST_CASE("nobody's wish keeps one that is taken away again") {
  Added scene;
  scene.haproxy.dead_on_arrival = true;
  scene.settle();
  REQUIRE(scene.now_it_is().stage == Stage::joining);
  scene.act({Setting::state, kReady}, "web9");
  scene.act({Setting::state, kReady}, "web9", scene.bob, 1h);
  scene.fire("Slow", "web9");
  scene.end();
  scene.seconds(6);
  CHECK(scene.now_it_is().stage == Stage::failed);
  CHECK_FALSE(scene.there());
  CHECK(scene.book.live_count() == 0);
}
