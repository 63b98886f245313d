#include "steward/control/account.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

struct Told : Scene {
  using Scene::Scene;

  [[nodiscard]] Account account() {
    look();
    return {book, std::make_shared<const View>(haproxy.view(now)), policy.limits};
  }
  std::string why_out(const std::string& server) {
    const Account all = account();
    return all.why_out(*all.view().find({"web", server}));
  }
  std::vector<SettingAccount> settings(const Account& all, const std::string& server) {
    return all.settings(*all.view().find({"web", server}));
  }
};

}  // namespace

TEST_CASE("a server that is let alone has no settings and no reason") {
  Told told;
  told.settle();
  const Account all = told.account();
  CHECK(told.settings(all, "web1").empty());
  CHECK(told.why_out("web1").empty());
  CHECK(all.overrides(*all.view().find({"web", "web1"})).empty());
}

TEST_CASE("a drained server names the override, its owner, its lease and its reason") {
  Told told;
  told.settle();
  ManualAction drain = Scene::action({Setting::state, kDrain}, "web1");
  drain.reason = "new disk";
  drain.lease = 2h;
  const std::string id = told.act(drain, told.caller).outcomes.at(0).override_id;
  const std::string until = format_time(told.now + 2h);
  told.settle();
  CHECK(told.why_out("web1") == "drain held by " + id + ", alice, until " + until + ": new disk");

  const Account all = told.account();
  const auto settings = told.settings(all, "web1");
  REQUIRE(settings.size() == 1);
  const SettingAccount& state = settings.at(0);
  CHECK(state.setting == Setting::state);
  CHECK(to_string(state.configured) == "ready");
  CHECK(to_string(state.baseline) == "ready");
  CHECK(state.by == Provenance::configured);
  CHECK(to_string(state.effect) == "drain");
  CHECK(to_string(state.observed) == "drain");
  REQUIRE(state.overrides.size() == 1);
  CHECK(state.overrides.at(0)->id == id);
  CHECK(all.overrides(*all.view().find({"web", "web1"})) == std::vector{id});
}

TEST_CASE("all who hold a server out are named, and who only lowers its weight is not") {
  Told told;
  told.settle();
  told.fire("Slow", "web1");
  told.fire("Sick", "web1");
  told.act({Setting::state, kMaint}, "web1");
  told.settle();
  const std::string why = told.why_out("web1");
  CHECK_THAT(why, ContainsSubstring(", rule Sick"));
  CHECK_THAT(why, ContainsSubstring(", alice"));
  CHECK_THAT(why, !ContainsSubstring("Slow"));
}

TEST_CASE("an override that is held takes no part, and is among those of the setting") {
  Told told(2);
  told.settle();
  told.fire("Sick", "web1");
  told.settle();
  told.fire("Sick", "web2");
  told.settle();
  CHECK(told.why_out("web2").empty());
  const Account all = told.account();
  const auto settings = told.settings(all, "web2");
  REQUIRE(settings.size() == 1);
  CHECK(settings.at(0).overrides.at(0)->guard == Guard::min_available);
  CHECK(to_string(settings.at(0).effect) == "ready");
  CHECK(to_string(settings.at(0).baseline) == "ready");
}

TEST_CASE("a server that somebody drained at HAProxy says so") {
  Told told;
  told.settle();
  told.haproxy.touch(told.server("web1"), {Verb::state_drain});
  told.pass(5s);
  CHECK(told.why_out("web1") == "drain by somebody at HAProxy itself");
  const Account all = told.account();
  CHECK(told.settings(all, "web1").at(0).by == Provenance::person);
}

TEST_CASE("what nobody asked for is said as HAProxy has it") {
  Told told;
  told.settle();
  told.server("web1").alive = false;
  told.pass(5s);
  CHECK(told.why_out("web1") == "is down");
}

TEST_CASE(
    "a setting that HAProxy does not take back, or does not tell whose it is, says what helps") {
  Told told;
  told.settle();
  told.haproxy.touch(told.server("web1"), {Verb::state_drain});
  told.pass(5s);
  Hold hold = *told.book.shelf(Scene::target_of("web1"))->find(Setting::state);
  hold.unclear = true;
  told.book.put(hold);
  CHECK(told.why_out("web1") ==
        "drain, and HAProxy does not tell whose that is: `ready` or `adopt` settles it");
  hold.unclear = false;
  hold.stuck = true;
  told.book.put(hold);
  CHECK(told.why_out("web1") == "HAProxy does not take drain back: set it by hand");
}

TEST_CASE("a server out of service is not verified, and says why") {
  Told told;
  told.pass(10s);
  told.act({Setting::state, kDrain}, "web1");
  told.settle();
  const Account all = told.account();
  const auto& drained = *all.view().find({"web", "web1"});
  CHECK_FALSE(all.is_verified(drained));
  CHECK(all.why_not_verified(drained) == "is drained");
  const auto& well = *all.view().find({"web", "web2"});
  CHECK(all.is_verified(well));
  CHECK(all.why_not_verified(well).empty());
}
