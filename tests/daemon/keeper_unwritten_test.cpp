// Keeper: what it owes once the ledger can be written again.
#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"
#include "daemon/fake_ledger.hpp"
#include "steward/daemon/keeper.hpp"

using namespace steward;
using namespace steward::daemon;
using namespace steward::daemon::test;
using control::test::FakeHAProxy;
using control::test::Scene;
using namespace std::chrono_literals;

namespace {

// A keeper, a HAProxy and a disk that may be full.
struct Kept {
  Kept() {
    haproxy.advance(now);
    for (const char* name : {"web1", "web2", "web3", "web4"}) haproxy.backends["web"][name] = {};
    keeper = *Keeper::open(
        {{{"lb1"}, {}, {}}, policy(), {}}, [this] { return now; }, ledger, metrics,
        make_log({"off", config::LogFormat::text}));
    for (int i = 0; i < 100; ++i) pass();
  }

  static control::Policy policy() { return Scene(1).policy; }

  // A second of HAProxy's and ours.
  void pass() {
    now += 1s;
    ++haproxy.clock;
    haproxy.check();
    round();
  }
  // One reading; what it asks for is done, and told with the next one.
  bool round() {
    const auto view = std::make_shared<const control::View>(haproxy.view(now));
    const auto steps = keeper->reconcile(view, std::exchange(done, {}));
    if (!steps) return false;
    for (const control::Step& step : *steps) {
      haproxy.apply(step);
      done.push_back({step.target, step.aspect, "the command", "", {}, step.subject});
    }
    return true;
  }
  void tell(const std::string& alert, const std::string& server) {
    (void)keeper->take(control::Delivery{"r", "g", {Scene::alert(alert, server)}, 0}, caller);
  }
  FakeHAProxy::Server& web1() { return haproxy.backends["web"]["web1"]; }
  [[nodiscard]] bool believed() {
    const auto account = keeper->accounts("lb1").at("lb1");
    return account.is_verified(*account.view().find({"web", "web1"}));
  }
  void obey(control::Verb verb) { haproxy.touch(web1(), {verb}); }

  Time now{1'000'000s};
  FakeHAProxy haproxy;
  FakeLedger ledger;
  ControlMetrics metrics;
  std::unique_ptr<Keeper> keeper;
  std::vector<control::Done> done;
  control::Caller caller{{"alice", control::Role::admin, {}, {}}, "request", "127.0.0.1"};
};

}  // namespace

TEST_CASE("whom nobody believes is written as soon as the ledger takes it") {
  Kept kept;
  REQUIRE(kept.ledger.looked["lb1"].doubts.empty());
  kept.obey(control::Verb::state_maint);
  kept.ledger.full = true;
  kept.pass();
  kept.ledger.full = false;
  kept.pass();
  CHECK(kept.ledger.looked["lb1"].doubts == "web/web1");
}

TEST_CASE("a clock that is set while the ledger is full moves what was seen once") {
  Kept kept;
  kept.web1().rise = kept.web1().fall = 1;
  kept.obey(control::Verb::state_maint);
  kept.pass();
  kept.web1().hangs = true;
  kept.web1().check_timeout = 60;
  kept.obey(control::Verb::state_ready);
  kept.ledger.full = true;
  kept.now -= 1h;
  for (int i = 0; i < 3; ++i) kept.pass();
  CHECK_FALSE(kept.believed());
  kept.ledger.full = false;
  kept.pass();
  CHECK_FALSE(kept.believed());
  CHECK(kept.ledger.lines_of("clock_stepped").size() == 1);
}

TEST_CASE("leases move by as much as the clock was set while the ledger was full") {
  Kept kept;
  kept.tell("Sick", "web1");
  for (int i = 0; i < 3; ++i) kept.pass();
  const Time expires = *kept.keeper->live().at(0).expires;
  kept.ledger.full = true;
  kept.now += 2h;
  kept.pass();
  kept.now += 1h;
  kept.pass();
  CHECK(*kept.keeper->live().at(0).expires == expires);
  kept.ledger.full = false;
  kept.pass();
  CHECK(*kept.keeper->live().at(0).expires - expires >= 3h);
  CHECK(*kept.keeper->live().at(0).expires - expires < 3h + 1min);
}

TEST_CASE("rules that were read while the ledger was full are applied when it is not") {
  Kept kept;
  kept.tell("Sick", "web1");
  kept.tell("Broken", "web2");
  for (int i = 0; i < 3; ++i) kept.pass();
  REQUIRE(kept.keeper->live().size() == 2);
  kept.ledger.full = true;
  auto policy = Kept::policy();
  std::erase_if(policy.rules, [](const auto& rule) { return rule.name == "Broken"; });
  policy.rules[0].mode = control::Mode::shadow;
  kept.keeper->set_policy(policy, {});
  kept.pass();
  CHECK(kept.keeper->live().size() == 2);
  kept.ledger.full = false;
  for (int i = 0; i < 30; ++i) kept.pass();
  CHECK(kept.keeper->live().empty());
  CHECK(kept.ledger.lines_of("released").size() == 2);
}

TEST_CASE("what was told is told of when the ledger takes it, by the command that did it") {
  Kept kept;
  kept.tell("Sick", "web1");
  REQUIRE(kept.round());
  REQUIRE(kept.done.size() == 1);
  kept.ledger.full = true;
  REQUIRE_FALSE(kept.round());
  REQUIRE_FALSE(kept.round());
  kept.ledger.full = false;
  REQUIRE(kept.round());
  const auto lines = kept.ledger.lines_of("active");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].command == "the command");
}
