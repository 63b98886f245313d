// A HAProxy in memory, as far as the control loop sees one, and a life played on it.
#pragma once

#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "steward/control/intake.hpp"
#include "steward/control/manual.hpp"
#include "steward/control/reconcile.hpp"
#include "steward/stats/stat_parser.hpp"

namespace steward::control::test {

using namespace std::chrono_literals;

// Does what the commands say, as HAProxy 2.6 to 3.2 do.
struct FakeHAProxy {
  struct Server {
    std::uint32_t admin = 0, operational = 2, weight = 100, initial = 100;
    bool checks = true, agent = false, alive = true;
    std::uint32_t health = 4;  // rise 2, fall 3
    std::string tracks;
    bool checking = false;  // a check is under way
  };
  std::map<std::string, std::map<std::string, Server>> backends;
  int epoch = 1;
  bool deaf = false;  // takes commands and does nothing
  std::size_t told = 0;

  void apply(const Step& step) {
    for (const Command& command : step.commands) {
      ++told;
      if (!deaf) apply(backends.at(step.target.backend).at(step.target.server), command);
    }
  }

  static void apply(Server& server, const Command& command) {
    const bool was_maint = (server.admin & 1U) != 0;
    switch (command.verb) {
      case Verb::state_ready:
        server.admin = 0;
        break;
      case Verb::state_drain:
        server.admin = stats::forced_drain;
        break;
      case Verb::state_maint:
        server.admin = stats::forced_maint;
        server.operational = 0;
        server.health = 0;
        break;
      case Verb::weight:
        server.weight = command.weight;
        break;
      case Verb::health_up:
        server.operational = 2;
        break;
      case Verb::health_stopping:
        server.operational = 3;
        break;
      case Verb::health_down:
        server.operational = 0;
        break;
      case Verb::enable_health:
      case Verb::disable_health:
        server.checks = command.verb == Verb::enable_health;
        break;
      case Verb::enable_agent:
      case Verb::disable_agent:
        server.agent = command.verb == Verb::enable_agent;
        break;
    }
    if (was_maint && (server.admin & 1U) == 0) {  // UP at once, whether anything answers or not
      server.operational = 2;
      server.health = 2;
    }
  }

  // A second goes by: the checks that run say what is.
  void check() {
    for (auto& [name, servers] : backends) {
      for (auto& [server_name, server] : servers) {
        const bool checked = std::exchange(server.checking, false) || server.checks;
        if (!checked || (server.admin & 1U) != 0) continue;
        server.operational = server.alive ? 2 : 0;
        server.health = server.alive ? 4 : 0;
      }
    }
  }

  // Everything is as configured again.
  void reload() {
    ++epoch;
    for (auto& [name, servers] : backends) {
      for (auto& [server_name, server] : servers) {
        server = {0,
                  2,
                  server.initial,
                  server.initial,
                  true,
                  server.agent,
                  server.alive,
                  4,
                  server.tracks};
      }
    }
  }

  [[nodiscard]] View view(Time now) const {
    std::string state =
        "1\n# be_name srv_name srv_addr srv_fqdn srv_port srv_op_state "
        "srv_admin_state srv_uweight srv_iweight srv_check_result "
        "srv_check_health srv_check_state srv_agent_state\n";
    std::string stat = "# pxname,svname,status,bck,check_rise,check_fall,tracked,type,algo,\n";
    for (const auto& [name, servers] : backends) {
      for (const auto& [server_name, s] : servers) {
        const bool maint = (s.admin & 1U) != 0;
        const std::uint32_t checks =
            (s.checking ? 1U : 0U) + 2U + (s.checks ? 4U : 0U) + (s.checks && maint ? 8U : 0U);
        state += fmt::format("{} {} 10.0.0.1 - 80 {} {} {} {} {} {} {} {}\n", name, server_name,
                             s.operational, s.admin, s.weight, s.initial, s.alive ? 3 : 2, s.health,
                             checks, s.agent ? 6 : 0);
        stat += fmt::format("{},{},UP,0,2,3,{},2,,\n", name, server_name, s.tracks);
      }
      stat += fmt::format("{},BACKEND,UP,0,,,,1,roundrobin,\n", name);
    }
    auto table = stats::parse_stat(stat + "\n");
    auto rows = stats::parse_servers_state(state + "\n");
    if (!table || !rows) {
      throw std::runtime_error(table ? rows.error().message : table.error().message);
    }
    return {"lb1", std::to_string(epoch), now, *std::move(rows),
            std::make_shared<const Topology>(
                std::make_shared<const stats::StatTable>(*std::move(table)))};
  }
};

// The control loop around it, with time that passes when it is told to.
class Scene {
 public:
  explicit Scene(std::size_t servers = 4) {
    for (std::size_t i = 1; i <= servers; ++i)
      haproxy.backends["web"][fmt::format("web{}", i)] = {};
    policy.rules = {
        rule("Sick", {Setting::state, kDrain}), rule("Broken", {Setting::state, kMaint}),
        rule("Slow", {Setting::weight, 50, true}), rule("Dead", {Setting::health, kDown}),
        rule("Blind", {Setting::checks, kDisabled})};
    policy.limits.defaults.rate_count = 0;
    policy.limits.rate_count = 0;
    policy.limits.defaults.flap_hold = 0ms;
    policy.limits.defaults.mass_alert_percent = 100;
    policy.limits.defaults.max_overridden_percent = 100;
    look();
  }

  static Rule rule(const std::string& name, const Value& value) {
    Rule made;
    made.name = name;
    made.match = {*parse_matcher("alertname=" + name)};
    made.backend = *Extraction::make({{"proxy"}, ";", "(.*)", "$1"});
    made.server = *Extraction::make({{"server"}, ";", "(.*)", "$1"});
    made.set = value;
    made.min_hold = 0ms;
    return made;
  }

  static Alert alert(const std::string& name, const std::string& server, bool firing = true,
                     Time starts = Time{1s}) {
    return {
        firing, {{"alertname", name}, {"proxy", "web"}, {"server", server}}, name + server, starts};
  }

  Report fire(const std::string& name, const std::string& server, Time starts = Time{1s}) {
    return deliver({alert(name, server, true, starts)});
  }
  Report resolve(const std::string& name, const std::string& server) {
    return deliver({alert(name, server, false)});
  }
  Report deliver(std::vector<Alert> alerts) {
    return decide([&](Draft& draft, const World& at) {
      return take(draft, at, Delivery{"r", "g", std::move(alerts), 0}, caller);
    });
  }
  Report act(const Value& value, const std::string& server, bool force = false) {
    ManualAction action;
    action.backend = "web";
    action.server = server;
    action.value = value;
    action.force = force;
    return decide([&](Draft& draft, const World& at) {
      return take(draft, at, std::vector{action}, caller);
    });
  }

  // Compares and commands, until there is nothing to do, as one tick does.
  void settle() {
    std::vector<Done> done;
    for (int i = 0; i < 5; ++i) {
      look();
      const auto steps = compare(done);
      if (steps.empty()) return;
      done.clear();
      for (const Step& step : steps) {
        haproxy.apply(step);
        done.push_back({step.target, step.aspect, "command", haproxy.deaf ? "no" : "", {}});
      }
    }
  }

  std::vector<Step> compare(const std::vector<Done>& done = {}) {
    Draft draft(book);
    auto steps = reconcile(draft, world(), *view_, done);
    keep(draft);
    return steps;
  }

  void pass(std::chrono::milliseconds time) {
    now += time;
    haproxy.check();
    settle();
  }

  void look() {
    view_ = std::make_shared<const View>(haproxy.view(now));
    sights_["lb1"] = {view_.get(), ""};
  }

  [[nodiscard]] World world() {
    return {policy, sights_, paused, now, [this] { return fmt::format("{:026}", ++ids_); }};
  }

  [[nodiscard]] FakeHAProxy::Server& server(const std::string& name) {
    return haproxy.backends.at("web").at(name);
  }
  [[nodiscard]] const Override& only(const Report& report) const {
    return *book.find(report.outcomes.at(0).override_id);
  }
  [[nodiscard]] std::size_t usable_servers() const {
    std::size_t count = 0;
    const View view = haproxy.view(now);  // owns the rows
    for (const auto& row : view.backend("web")) count += usable(row) ? 1U : 0U;
    return count;
  }

  FakeHAProxy haproxy;
  Book book;
  Policy policy;
  Time now{1'000'000s};
  std::optional<std::string> paused;
  Caller caller{{"alice", Role::admin, {}, {}}, "request", "127.0.0.1"};
  std::vector<AuditRecord> audit;

 private:
  template <class Work>
  Report decide(const Work& work) {
    Draft draft(book);
    Report report = work(draft, world());
    keep(draft);
    return report;
  }
  void keep(Draft& draft) {
    for (auto& line : draft.changes().audit) audit.push_back(std::move(line));
    draft.keep();
  }

  std::shared_ptr<const View> view_;
  std::map<std::string, Sight, std::less<>> sights_;
  std::uint64_t ids_ = 0;
};

}  // namespace steward::control::test
