#include "steward/daemon/instance_names.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;
using namespace steward::daemon;

namespace {

ledger::Contents contents_of(const std::string& instance) {
  ledger::Contents contents;
  control::Override drain;
  drain.id = "01A";
  drain.target = {instance, "web", "web1"};
  drain.phase = control::Phase::active;
  contents.overrides.push_back(drain);
  control::Hold hold;
  hold.target = drain.target;
  contents.holds.push_back(hold);
  return contents;
}

}  // namespace

TEST_CASE("an instance with overrides in force must be named, renamed or abandoned") {
  const auto used = in_use(contents_of("old"));
  const auto refused = check_names({{"lb1"}, {}, {}}, used);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("renamed_from: old") != std::string::npos);
  CHECK(refused.error().message.find("abandon: [old]") != std::string::npos);
  CHECK(check_names({{"old"}, {}, {}}, used));
  CHECK(check_names({{"lb1"}, {{"old", "lb1"}}, {}}, used));
  CHECK(check_names({{"lb1"}, {}, {"old"}}, used));
}

TEST_CASE("what is of a renamed instance gets its new name") {
  ledger::Contents contents = contents_of("old");
  const auto batch = settle_names({{"lb1"}, {{"old", "lb1"}}, {}}, contents, Time{});
  CHECK(contents.overrides[0].target.instance == "lb1");
  CHECK(contents.holds[0].target.instance == "lb1");
  CHECK(batch.dropped.size() == 1);
  CHECK(batch.audit.size() == 1);
}

TEST_CASE("what is of an abandoned instance ends, and is no more in use") {
  ledger::Contents contents = contents_of("old");
  const auto batch = settle_names({{"lb1"}, {}, {"old"}}, contents, Time{});
  CHECK(contents.overrides[0].phase == control::Phase::failed);
  CHECK(in_use(contents).empty());
  CHECK_FALSE(batch.empty());
}

TEST_CASE("a tombstone does not keep an instance in use") {
  ledger::Contents contents = contents_of("old");
  contents.overrides.clear();
  contents.holds[0].tombstone = Time{};
  CHECK(in_use(contents).empty());
}
