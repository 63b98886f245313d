#include "steward/daemon/keeper.hpp"

#include <catch2/catch_test_macros.hpp>
#include <latch>
#include <thread>

#include "daemon/fake_ledger.hpp"
#include "steward/ledger/sqlite_ledger.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::daemon;

namespace {

control::Override drain(const std::string& id, const std::string& server) {
  control::Override each;
  each.id = id;
  each.target = {"lb1", "web", server};
  each.value = {control::Setting::state, control::kDrain, false};
  each.origin.kind = control::OwnerKind::person;
  each.phase = control::Phase::active;
  return each;
}

std::vector<std::string> ids(const std::vector<control::Override>& overrides) {
  std::vector<std::string> all;
  for (const control::Override& each : overrides) all.push_back(each.id);
  return all;
}

// Writes nothing before it is told to.
class SlowLedger final : public daemon::test::FakeLedger {
 public:
  Result<void> commit(const ledger::Batch&) override {
    began.count_down();
    may_end.wait();
    return {};
  }

  std::latch began{1}, may_end{1};
};

}  // namespace

TEST_CASE("who reads waits for no disk, and hears of nothing before it is written") {
  SlowLedger ledger;
  ControlMetrics metrics;
  const auto keeper = *Keeper::open(
      {{{"lb1"}, {}, {}}, {}, {}}, [] { return Time(std::chrono::hours(1)); }, ledger, metrics,
      make_log({"error", config::LogFormat::text}));
  std::jthread pausing([&] { (void)keeper->set_automation(true, "", {}); });
  ledger.began.wait();
  CHECK_FALSE(keeper->automation().paused);
  CHECK(keeper->live().empty());
  CHECK_FALSE(keeper->ready());
  ledger.may_end.count_down();
  pausing.join();
  CHECK(keeper->automation().paused);
}

TEST_CASE("of the live overrides the newest can be had alone, by id") {
  const steward::test::TempFolder folder;
  const auto ledger = *ledger::open_sqlite_ledger(folder.path("storage"));
  ledger::Batch batch;
  batch.overrides = {drain("01C", "web1"), drain("01A", "web2"), drain("01B", "web3")};
  REQUIRE(ledger->commit(batch));
  ControlMetrics metrics;
  const auto keeper = *Keeper::open(
      {{{"lb1"}, {}, {}}, {}, {}}, [] { return Time(std::chrono::hours(1)); }, *ledger, metrics,
      make_log({"error", config::LogFormat::text}));
  CHECK(ids(keeper->live()) == std::vector<std::string>{"01A", "01B", "01C"});
  CHECK(ids(keeper->live(2)) == std::vector<std::string>{"01B", "01C"});
  CHECK(keeper->live(0).empty());
}
