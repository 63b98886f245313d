#include "steward/control/hold_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <utility>

#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::control;
using namespace std::chrono_literals;

namespace {

const Time kHeldAt{1'800'000'000s};
const std::string kHoldHead = "haproxy-steward hold 1\n";

HeldServer drained(const std::string& server) {
  HeldServer held;
  held.backend = "web";
  held.server = server;
  held.state = kDrain;
  return held;
}

HeldServer weighed(const std::string& server, const std::string& weight) {
  HeldServer held{"web", server, {}, {}, {}, false};
  held.weight = parse_value(Setting::weight, weight).value();
  return held;
}

// HAProxy's rows: op, admin, uweight, iweight, since, check status, result, health, state, agent.
View view_with(const std::string& rows) {
  std::string text = empty_state_file();
  text += rows + "\n";
  auto state = stats::parse_servers_state(text);
  if (!state) throw std::runtime_error(state.error().message);
  const auto topology = std::make_shared<const Topology>(std::make_shared<stats::StatTable>());
  return {"lb1", {"1@1", 10s}, kHeldAt, *std::move(state), topology};
}

// The rows alone.
std::string rows_for(const HeldServer& held, const std::string& rows) {
  const std::string text = render_state_file(std::vector{held}, view_with(rows));
  REQUIRE(text.starts_with(empty_state_file()));
  return text.substr(empty_state_file().size());
}

const std::string kRowUp = "3 web 1 web1 127.0.0.1 2 0 100 100 77 6 3 4 6 0 0 0 - 8080 -\n";
const std::string kRowUnchecked = "3 web 1 web1 127.0.0.1 2 0 100 100 77 1 0 2 0 0 0 0 - 8080 -\n";
const std::string kRowFailing = "3 web 1 web1 127.0.0.1 0 0 100 100 77 8 2 0 6 0 0 0 - 8080 -\n";
const std::string kRowInMaint = "3 web 1 web1 127.0.0.1 0 1 100 100 77 6 3 0 14 0 0 0 - 8080 -\n";

}  // namespace

TEST_CASE("a hold file names its version, even if nothing is held") {
  CHECK(render_hold_file({}, kHeldAt) == kHoldHead);
  CHECK(render_hold_file(std::vector{HeldServer{"web", "web1", {}, {}, {}}}, kHeldAt) == kHoldHead);
}

TEST_CASE("a hold file has a line for each server, by name") {
  HeldServer maint = drained("web1");
  maint.backend = "api";
  maint.state = kMaint;
  CHECK(render_hold_file(std::vector{drained("web2"), drained("web1"), maint}, kHeldAt) ==
        kHoldHead +
            "1800000060 api web1 maint\n"
            "1800000060 web web1 drain\n"
            "1800000060 web web2 drain\n");
}

TEST_CASE("all that is held of a server is on its line of the hold file") {
  HeldServer held = weighed("web1", "50%");
  held.state = kDrain;
  held.health = kDown;
  held.agent_off = true;
  CHECK(render_hold_file(std::vector{held}, kHeldAt) ==
        kHoldHead + "1800000060 web web1 drain weight=50% down agent-off\n");
  held = weighed("web1", "20");
  held.health = kStopping;
  CHECK(render_hold_file(std::vector{held}, kHeldAt) ==
        kHoldHead + "1800000060 web web1 weight=20 stopping\n");
}

TEST_CASE("a line of a hold file ends with the lease, or after a minute") {
  HeldServer held = drained("web1");
  held.expires = kHeldAt + 2'999ms;
  CHECK(render_hold_file(std::vector{held}, kHeldAt) == kHoldHead + "1800000002 web web1 drain\n");
  held.expires = kHeldAt + 1h;
  CHECK(render_hold_file(std::vector{held}, kHeldAt) == kHoldHead + "1800000060 web web1 drain\n");
  CHECK(render_hold_file(std::vector{held}, kHeldAt, 180s) ==
        kHoldHead + "1800000180 web web1 drain\n");
}

TEST_CASE("what has expired is not in a hold file") {
  HeldServer held = drained("web1");
  held.expires = kHeldAt;
  CHECK(render_hold_file(std::vector{held}, kHeldAt) == kHoldHead);
}

TEST_CASE("a state file that holds nothing has no rows") {
  CHECK(render_state_file({}, view_with(kRowUp)) == empty_state_file());
  CHECK(empty_state_file().starts_with("1\n# be_id be_name "));
  CHECK(empty_state_file().ends_with(" srv_port srvrecord\n"));
}

TEST_CASE("a state file has a row of twenty columns for each held server the view has") {
  CHECK(rows_for(drained("web1"), kRowUp) ==
        "3 web 1 web1 - 2 8 100 100 1 1 0 0 6 0 0 0 - 8080 -\n");
  CHECK(rows_for(drained("web9"), kRowUp).empty());
}

TEST_CASE("a state file forces drain or maintenance, and never says what is configured") {
  HeldServer held = drained("web1");
  held.state = kMaint;
  CHECK(rows_for(held, kRowUp).find(" - 2 1 100 100 ") != std::string::npos);
  std::string disabled = kRowInMaint;
  disabled.replace(disabled.find(" 0 1 100"), 8, " 0 5 100");
  CHECK(rows_for(drained("web1"), disabled).find(" 8 100 100 ") != std::string::npos);
  CHECK(rows_for(weighed("web1", "50"), disabled).find(" 0 50 100 ") != std::string::npos);
}

TEST_CASE("a state file has the weight that is held, or the configured one") {
  CHECK(rows_for(weighed("web1", "50%"), kRowUp).find(" 2 0 50 100 ") != std::string::npos);
  std::string lowered = kRowUp;
  lowered.replace(lowered.find(" 0 100 100"), 10, " 0 10 100");
  CHECK(rows_for(drained("web1"), lowered).find(" 2 8 100 100 ") != std::string::npos);
  std::string light = kRowUp;
  light.replace(light.find(" 0 100 100"), 10, " 0 1 1");
  CHECK(rows_for(weighed("web1", "50%"), light).find(" 2 0 1 1 ") != std::string::npos);
}

TEST_CASE("a state file goes on with what checks found, but not with what maintenance did") {
  CHECK(rows_for(weighed("web1", "50"), kRowFailing).find(" - 0 0 50 ") != std::string::npos);
  CHECK(rows_for(weighed("web1", "50"), kRowInMaint).find(" - 2 0 50 ") != std::string::npos);
  CHECK(rows_for(weighed("web1", "50"), kRowUnchecked).find(" - 2 0 50 ") != std::string::npos);
}

TEST_CASE("a state file keeps down what is held down, with its checks off") {
  HeldServer held{"web", "web1", {}, {}, kDown};
  CHECK(rows_for(held, kRowUp) == "3 web 1 web1 - 0 0 100 100 1 1 0 0 2 0 0 0 - 8080 -\n");
  held.health = kStopping;
  CHECK(rows_for(held, kRowUp) == "3 web 1 web1 - 3 0 100 100 1 1 0 0 2 0 0 0 - 8080 -\n");
}

TEST_CASE("a state file says that no check has ended, and leaves checks and agents running") {
  std::string with_agent = kRowUp;
  with_agent.replace(with_agent.find(" 6 3 4 6 0 "), 11, " 6 0 4 7 23 ");
  CHECK(rows_for(drained("web1"), with_agent).find(" 1 1 0 0 6 22 0 0 ") != std::string::npos);
  HeldServer held = drained("web1");
  held.agent_off = true;
  CHECK(rows_for(held, with_agent).find(" 1 1 0 0 6 18 0 0 ") != std::string::npos);
}

TEST_CASE("no row of a state file reaches HAProxy's limit of 2,000 bytes") {
  const std::string name(255, 'x');
  HeldServer held = drained(name);
  held.backend = name;
  const std::string row = "4294967295 " + name + " 1 " + name +
                          " 127.0.0.1 2 0 256 256 4294967295 6 3 4 6 0 0 0 - 65535 -\n";
  CHECK(rows_for(held, row).size() < 700);
}
