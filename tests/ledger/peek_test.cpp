#include "steward/ledger/peek.hpp"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "steward/ledger/sqlite_ledger.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::ledger;

namespace {

namespace fs = std::filesystem;

Batch drained() {
  control::Override made;
  made.id = "01J";
  made.target = {"lb1", "web", "web1"};
  made.value = {control::Setting::state, control::kDrain};
  made.phase = control::Phase::active;
  Batch batch;
  batch.overrides.push_back(made);
  return batch;
}

std::set<std::string> files_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& each : fs::directory_iterator(folder)) names.insert(each.path().filename());
  return names;
}

// A folder whose name would mean something in a URI, with an earlier edition's ledger.
std::string copied(const test::TempFolder& into, const std::string& fixture) {
  const std::string folder = into.path("a?b#c%41");
  fs::copy(std::string(STEWARD_FIXTURES) + "/ledgers/" + fixture, folder);
  return folder;
}

}  // namespace

TEST_CASE("where no ledger is there is nothing to see") {
  const test::TempFolder folder;
  const auto seen = peek(folder.path("nowhere"));
  REQUIRE(seen);
  CHECK_FALSE(seen->has_value());
}

TEST_CASE("a ledger is looked into while its steward runs, and after that without a trace") {
  const test::TempFolder folder;
  auto ledger = *open_sqlite_ledger(folder.path("storage"));
  REQUIRE(ledger->commit(drained()));
  const auto seen = peek(folder.path("storage"));
  REQUIRE(seen);
  REQUIRE((*seen)->overrides.size() == 1);
  CHECK((*seen)->overrides.at(0).target.instance == "lb1");
  REQUIRE(ledger->commit(drained()));

  ledger.reset();
  const auto before = files_in(folder.path("storage"));
  REQUIRE(peek(folder.path("storage")));
  CHECK(files_in(folder.path("storage")) == before);
}

TEST_CASE("a ledger of an earlier edition is read, and stays as it was") {
  const test::TempFolder temp;
  const std::string folder = copied(temp, "first-edition-everything");
  const auto size = fs::file_size(folder + "/ledger.db");
  const auto seen = peek(folder);
  REQUIRE(seen);
  std::set<std::string> names;
  for (const auto& each : (*seen)->overrides) names.insert(each.target.instance);
  CHECK(names == std::set<std::string>{"lb1", "lb2"});
  CHECK((*seen)->rollouts.size() == 2);
  CHECK(fs::file_size(folder + "/ledger.db") == size);
  CHECK(files_in(folder) == std::set<std::string>{"ledger.db"});
}

TEST_CASE("what a killed steward had not yet moved into its file is seen, too") {
  const test::TempFolder temp;
  const auto seen = peek(copied(temp, "first-edition-paused"));
  REQUIRE(seen);
  CHECK((*seen)->overrides.size() == 3);
  CHECK((*seen)->automation.paused);
}

TEST_CASE("what is no ledger is an error") {
  const test::TempFolder folder;
  (void)folder.write("ledger.db", "something else");
  const auto seen = peek(folder.path(""));
  REQUIRE_FALSE(seen);
  CHECK(seen.error().message.find("ledger.db") != std::string::npos);
}
