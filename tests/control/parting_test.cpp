#include "steward/control/parting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

struct Removed : Scene {
  explicit Removed(bool cut = false, std::uint64_t sessions = 0) {
    server("web1").sessions = sessions;
    look();
    made = remove({{}, "web", "web1", 10s, cut, false, "old"});
  }
  [[nodiscard]] const Membership& now_it_is() const { return *book.membership(made.id); }
  [[nodiscard]] bool there() const { return haproxy.backends.at("web").contains("web1"); }
  Membership made;
};

}  // namespace

TEST_CASE("a server without sessions is drained and deleted") {
  Removed scene;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::absent);
  CHECK_FALSE(scene.there());
  CHECK(scene.book.live_count() == 0);
  const Book::Shelf* shelf = scene.book.shelf(scene.made.target);
  REQUIRE(shelf != nullptr);
  CHECK(std::ranges::all_of(shelf->holds, &Hold::gone));
}

TEST_CASE("its sessions are waited for, and counted meanwhile") {
  Removed scene(false, 3);
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::draining);
  CHECK(scene.now_it_is().detail == "3 sessions are left");
  CHECK(scene.now_it_is().sessions == 3U);
  CHECK(scene.server("web1").admin == stats::forced_drain);
  scene.server("web1").sessions = 0;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK_FALSE(scene.there());
}

TEST_CASE("sessions left at the deadline: it serves again, or they are cut") {
  const bool cut = GENERATE(false, true);
  Removed scene(cut, 3);
  for (int i = 0; i < 20; ++i) scene.pass(1s);
  CHECK(scene.there() != cut);
  CHECK(scene.now_it_is().stage == (cut ? Stage::absent : Stage::failed));
  if (cut) return;
  CHECK(scene.now_it_is().detail == "3 sessions were left at the deadline");
  CHECK(scene.usable_servers() == 4);
  CHECK(scene.book.live_count() == 0);
}

TEST_CASE("a server that HAProxy will not delete serves again") {
  Removed scene;
  scene.haproxy.refused = {Verb::del_server};
  for (int i = 0; i < 10; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::failed);
  CHECK(scene.now_it_is().detail == "HAProxy says: no");
  CHECK(scene.usable_servers() == 4);
}

TEST_CASE("a server of the configuration is removed again after a reload, if the guards allow it") {
  Removed scene;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  scene.haproxy.reload();
  for (auto* name : {"web2", "web3"}) scene.server(name).alive = false;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::draining);
  CHECK(scene.now_it_is().detail.starts_with("min_available: "));
  CHECK(scene.server("web1").admin == 0);
  for (auto* name : {"web2", "web3"}) scene.server(name).alive = true;
  for (int i = 0; i < 5; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::absent);
  CHECK_FALSE(scene.there());
}

TEST_CASE("a server that a person adds again stays") {
  Removed scene;
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  scene.haproxy.backends["web"]["web1"] = {};
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::yielded);
  CHECK(scene.usable_servers() == 4);
}

TEST_CASE("a person who says ready while it drains is told which membership to end") {
  Removed scene(false, 3);
  scene.pass(1s);
  const auto report = scene.act({Setting::state, kReady}, "web1");
  CHECK(report.outcomes[0].reason.find("end membership " + scene.now_it_is().id) !=
        std::string::npos);
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::draining);
  CHECK(scene.there());
}

TEST_CASE("a person who drains it, or puts it into maintenance, does not get in its way") {
  const auto level = GENERATE(kDrain, kMaint);
  Removed scene;
  scene.server("web1").sessions = 1;
  scene.pass(1s);
  CHECK(scene.act({Setting::state, level}, "web1").outcomes[0].did == Did::created);
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(live(scene.now_it_is().stage));
  scene.server("web1").sessions = 0;
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::absent);
}

TEST_CASE("ending a removal brings the server back") {
  Removed scene(false, 3);
  scene.pass(1s);
  scene.ask([&](Draft& draft, const World& at) {
    return end_membership(draft, at, Membership(scene.now_it_is()), scene.caller);
  });
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.now_it_is().stage == Stage::ended);
  CHECK(scene.usable_servers() == 4);
}

TEST_CASE("a removal goes on in a steward that starts anew") {
  for (int seconds = 0; seconds < 4; ++seconds) {
    Removed scene;
    for (int i = 0; i < seconds; ++i) scene.pass(1s);
    scene.book = scene.reloaded();
    for (int i = 0; i < 5; ++i) scene.pass(1s);
    CAPTURE(seconds);
    CHECK(scene.now_it_is().stage == Stage::absent);
    CHECK(scene.book.live_count() == 0);
  }
}

TEST_CASE("what was added is removed for good") {
  Scene scene;
  scene.add({{}, "web", "web9", "10.0.0.9:80", {}, {}, 30s, ""});
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  const auto gone = scene.remove({{}, "web", "web9", 10s, false, false, ""});
  for (int i = 0; i < 4; ++i) scene.pass(1s);
  CHECK(scene.book.membership(gone.id)->stage == Stage::absent);
  scene.haproxy.reload();
  for (int i = 0; i < 3; ++i) scene.pass(1s);
  CHECK_FALSE(scene.haproxy.backends["web"].contains("web9"));
  CHECK(scene.book.membership(gone.id)->stage == Stage::ended);
}

TEST_CASE("what was wished of a server that is removed ends with it") {
  Removed scene;
  const auto drain = scene.act({Setting::state, kDrain}, "web1", scene.caller, 2h);
  const auto slow = scene.fire("Slow", "web1");
  scene.seconds(4);
  REQUIRE(scene.now_it_is().stage == Stage::absent);
  for (const auto& report : {drain, slow}) {
    CHECK(scene.only(report).phase == Phase::released);
    CHECK(scene.only(report).end == End::moved);
    CHECK(scene.only(report).detail == "the server was removed");
  }
  const auto added = scene.add({{}, "web", "web1", "10.0.0.9:80", {}, {}, 30s, ""});
  scene.seconds(4);
  CHECK(scene.book.membership(added.id)->stage == Stage::present);
  CHECK(scene.server("web1").admin == 0);
  CHECK(scene.usable_servers() == 4);
}

TEST_CASE("a removal yields to another server that the configuration has under the name") {
  Removed scene;
  scene.seconds(4);
  REQUIRE(scene.now_it_is().stage == Stage::absent);
  scene.haproxy.configured["web"]["web1"].address = "10.0.0.77";
  scene.haproxy.reload();
  scene.seconds(4);
  CHECK(scene.now_it_is().stage == Stage::yielded);
  CHECK(scene.now_it_is().detail == "HAProxy has another server of that name, at 10.0.0.77:80");
  CHECK(scene.usable_servers() == 4);
}
