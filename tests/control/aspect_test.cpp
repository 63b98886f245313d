#include "steward/control/aspect.hpp"

#include "steward/control/effect.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;
using namespace steward::control;

namespace {

constexpr std::uint32_t kConfigured = stats::check_configured;
constexpr std::uint32_t kRunning = stats::check_configured | stats::check_enabled;

stats::ServerState server() {
  stats::ServerState row;
  row.operational = 2;
  row.user_weight = row.initial_weight = 100;
  row.check_state = kRunning;
  return row;
}

Override wish(const Value& value, bool manual = false) {
  Override made;
  made.value = value;
  made.origin.kind = manual ? OwnerKind::person : OwnerKind::alert;
  return made;
}

Value composed(const Value& baseline, const std::vector<Override>& all) {
  std::vector<const Override*> pointers;
  for (const Override& each : all) pointers.push_back(&each);
  return compose(baseline, pointers, server());
}

}  // namespace

TEST_CASE("an inherited drain and maintenance for want of an address are nobody's state") {
  auto row = server();
  row.admin = stats::inherited_drain | stats::inherited_maint | stats::resolution_maint;
  CHECK(observe(Setting::state, row) == Value{Setting::state, kReady});
  row.admin |= stats::forced_drain;
  CHECK(observe(Setting::state, row) == Value{Setting::state, kDrain});
  row.admin |= stats::forced_maint;
  CHECK(observe(Setting::state, row) == Value{Setting::state, kMaint});
}

TEST_CASE("a server that the configuration disabled and somebody enabled is ready") {
  auto row = server();
  row.admin = stats::config_maint;
  CHECK(observe(Setting::state, row) == Value{Setting::state, kReady});
}

TEST_CASE("alerts only take away; the strictest wins") {
  const Value drained{Setting::state, kDrain};
  CHECK(composed(drained, {wish({Setting::state, kDrain}), wish({Setting::state, kMaint})}) ==
        Value{Setting::state, kMaint});
  CHECK(composed({Setting::state, kMaint}, {wish(drained)}) == Value{Setting::state, kMaint});
  CHECK(composed({Setting::weight, 20}, {wish({Setting::weight, 50, true})}) ==
        Value{Setting::weight, 20});
  CHECK(composed({Setting::weight, 100}, {wish({Setting::weight, 50, true})}) ==
        Value{Setting::weight, 50});
}

TEST_CASE("a person may leave a server freer than it was, but not freer than an alert wants it") {
  CHECK(composed({Setting::state, kMaint}, {wish({Setting::state, kReady}, true)}) ==
        Value{Setting::state, kReady});
  CHECK(composed({Setting::state, kMaint},
                 {wish({Setting::state, kReady}, true), wish({Setting::state, kDrain})}) ==
        Value{Setting::state, kDrain});
  CHECK(composed({Setting::weight, 10}, {wish({Setting::weight, 200}, true)}) ==
        Value{Setting::weight, 200});
  CHECK(composed({Setting::weight, 10}, {wish({Setting::weight, 200}, true),
                                         wish({Setting::weight, 5})}) == Value{Setting::weight, 5});
}

TEST_CASE("disabled checks freeze the health, and a pinned health is stricter") {
  CHECK(composed({Setting::health, kByChecks},
                 {wish({Setting::checks, kDisabled}), wish({Setting::health, kDown})}) ==
        Value{Setting::health, kDown});
  CHECK(composed({Setting::health, kByChecks}, {wish({Setting::checks, kDisabled})}) ==
        Value{Setting::health, kFrozen});
}

TEST_CASE("commands are those that are missing, in order") {
  auto row = server();
  CHECK(commands_to({Setting::state, kReady}, row).empty());
  CHECK(commands_to({Setting::weight, 100, true}, row).empty());
  CHECK(commands_to({Setting::health, kDown}, row) ==
        std::vector<Command>{{Verb::disable_health}, {Verb::health_down}});
  row.check_state = kConfigured;
  CHECK(commands_to({Setting::health, kDown}, row) == std::vector<Command>{{Verb::health_down}});
  CHECK(commands_to({Setting::checks, kDisabled}, row).empty());
  CHECK(commands_to({Setting::health, kByChecks}, row) ==
        std::vector<Command>{{Verb::enable_health}});
}

TEST_CASE("a server without checks has none to enable") {
  auto row = server();
  row.check_state = 0;
  CHECK(commands_to({Setting::health, kByChecks}, row).empty());
}

TEST_CASE("half of a weight of one is one, and none of it is none") {
  auto row = server();
  row.initial_weight = 1;
  CHECK(wanted({Setting::weight, 50, true}, row).level == 1);
  CHECK(wanted({Setting::weight, 0, true}, row).level == 0);
  CHECK(takes_out({Setting::weight, 0, true}, row));
  CHECK(!takes_out({Setting::weight, 50, true}, row));
}

TEST_CASE("drain, maint, stopping and down take a server out; disabled checks do not") {
  const auto row = server();
  CHECK(takes_out({Setting::state, kDrain}, row));
  CHECK(takes_out({Setting::state, kMaint}, row));
  CHECK(takes_out({Setting::health, kStopping}, row));
  CHECK(takes_out({Setting::health, kDown}, row));
  CHECK(!takes_out({Setting::health, kUp}, row));
  CHECK(!takes_out({Setting::checks, kDisabled}, row));
}
