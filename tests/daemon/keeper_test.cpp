#include "steward/daemon/keeper.hpp"

#include <catch2/catch_test_macros.hpp>

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
  each.origin.manual = true;
  each.phase = control::Phase::active;
  return each;
}

std::vector<std::string> ids(const std::vector<control::Override>& overrides) {
  std::vector<std::string> all;
  for (const control::Override& each : overrides) all.push_back(each.id);
  return all;
}

}  // namespace

TEST_CASE("of the live overrides the newest can be had alone, by id") {
  const test::TempFolder folder;
  const auto ledger = *ledger::open_sqlite_ledger(folder.path("storage"));
  ledger::Batch batch;
  batch.overrides = {drain("01C", "web1"), drain("01A", "web2"), drain("01B", "web3")};
  REQUIRE(ledger->commit(batch));
  ControlMetrics metrics;
  const auto keeper = *Keeper::open(
      {{"lb1"}, {}, {}}, [] { return Time(std::chrono::hours(1)); }, *ledger, metrics,
      make_log({"error", config::LogFormat::text}));
  CHECK(ids(keeper->live()) == std::vector<std::string>{"01A", "01B", "01C"});
  CHECK(ids(keeper->live(2)) == std::vector<std::string>{"01B", "01C"});
  CHECK(keeper->live(0).empty());
}
