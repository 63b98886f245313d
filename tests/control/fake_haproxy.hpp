// A HAProxy in memory, as far as the control loop sees one.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "steward/control/command.hpp"
#include "steward/control/settling.hpp"
#include "steward/control/view.hpp"
#include "steward/stats/stat_parser.hpp"

namespace steward::control::test {

// Does what the commands say, as HAProxy 2.6 to 3.2 do.
struct FakeHAProxy {
  struct Server {
    std::uint32_t admin = 0, operational = 2, weight = 100, initial = 100;
    bool checks = true, agent = false, alive = true;
    std::uint32_t health = 4;  // rise 2, fall 3
    std::string tracks;        // "backend/server"
    bool disabled = false;     // in the configuration
    bool has_agent = false;    // in the configuration
    std::uint32_t check_result = stats::kCheckPassed;
    bool checking = false;  // a check is under way
    bool dynamic = false;   // added at runtime
    bool slow = false;      // "slowstart": it serves, and stays in that state
    std::string address = "10.0.0.1", port = "80";
    std::uint64_t sessions = 0, answers = 0, answers_5xx = 0;
  };
  std::map<std::string, std::map<std::string, Server>> backends;
  std::map<std::string, std::string> algorithms;  // of backends; roundrobin if not told
  decltype(backends) configured;                  // what was deleted, but is in the configuration
  bool dead_on_arrival = false;                   // servers that are added
  int epoch = 1;
  bool deaf = false;         // takes commands and does nothing
  bool answers = true;       // … or not even that
  std::set<Verb> refused{};  // these it does not do
  std::size_t told = 0;

  // False if it did not do all of it.
  bool apply(const Step& step) {
    bool obeyed = true;
    for (const Command& command : step.commands) {
      ++told;
      const bool there = command.verb == Verb::add_server ||
                         backends.at(step.target.backend).contains(step.target.server);
      const bool does = there && !deaf && !refused.contains(command.verb);
      if (does && comes_or_goes(step.target, command)) continue;
      if (does) apply(backends.at(step.target.backend).at(step.target.server), command);
      obeyed = obeyed && does;
    }
    return obeyed;
  }

  // Adds or deletes, if it may; true if that is what the command is for.
  bool comes_or_goes(const ServerRef& target, const Command& command) {
    auto& servers = backends.at(target.backend);
    if (command.verb == Verb::add_server) {
      Server added;
      added.admin = stats::forced_maint;
      added.operational = 0;
      added.health = 0;
      added.checks = false;
      added.check_result = 0;
      added.dynamic = true;
      added.alive = !dead_on_arrival;
      added.slow = command.text.find("slowstart") != std::string::npos;
      added.address = command.text.substr(0, command.text.find(':'));
      added.port = command.text.substr(command.text.find(':') + 1, 2);
      servers.try_emplace(target.server, added);
      return true;
    }
    if (command.verb == Verb::shutdown_sessions) servers.at(target.server).sessions = 0;
    if (command.verb != Verb::del_server) return command.verb == Verb::shutdown_sessions;
    const Server& server = servers.at(target.server);
    if ((server.admin & stats::forced_maint) == 0 || server.sessions > 0) return true;
    if (!server.dynamic) configured[target.backend][target.server] = server;
    servers.erase(target.server);
    return true;
  }

  static void apply(Server& server, const Command& command) {
    const bool was_maint = (server.admin & stats::forced_maint) != 0;
    switch (command.verb) {
      case Verb::state_ready:
        set_admin(server, 0);
        break;
      case Verb::state_drain:
        set_admin(server, stats::forced_drain);
        break;
      case Verb::state_maint:
        set_admin(server, stats::forced_maint);
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
      case Verb::add_server:
      case Verb::del_server:
      case Verb::shutdown_sessions:
        break;
      case Verb::enable_agent:
      case Verb::disable_agent:
        server.agent = server.has_agent && command.verb == Verb::enable_agent;
        break;
    }
    if (was_maint && (server.admin & stats::forced_maint) == 0) {
      server.operational = 2;  // UP at once, whether anything answers or not
      server.health = 2;
    }
  }

  // "disabled" of the configuration stays in it for ever.
  static void set_admin(Server& server, std::uint32_t admin) {
    server.admin = (server.admin & stats::config_maint) | admin;
  }

  // A second goes by: the checks that run say what is.
  void check() {
    for (auto& [name, servers] : backends) {
      for (auto& [server_name, server] : servers) {
        const bool checked = std::exchange(server.checking, false) || server.checks;
        if (!checked || (server.admin & stats::forced_maint) != 0) continue;
        server.operational = !server.alive ? 0 : server.slow ? 1 : 2;
        server.health = server.alive ? 4 : 0;
        server.check_result = server.alive ? stats::kCheckPassed : stats::kCheckPassed - 1;
      }
    }
  }

  // Everything is as configured again.
  void reload() {
    ++epoch;
    for (auto& [name, servers] : backends) {
      std::erase_if(servers, [](const auto& each) { return each.second.dynamic; });
      servers.merge(configured[name]);
    }
    for (auto& [name, servers] : backends) {
      for (auto& [server_name, server] : servers) {
        Server fresh;
        fresh.weight = fresh.initial = server.initial;
        fresh.agent = fresh.has_agent = server.has_agent;
        fresh.alive = server.alive;
        fresh.tracks = server.tracks;
        fresh.disabled = server.disabled;
        if (server.disabled) fresh.admin = stats::forced_maint | stats::config_maint;
        server = fresh;
      }
    }
  }

  [[nodiscard]] View view(Time now, std::string instance = "lb1") const {
    std::string state =
        "1\n# be_name srv_name srv_addr srv_fqdn srv_port srv_op_state "
        "srv_admin_state srv_uweight srv_iweight srv_check_result "
        "srv_check_health srv_check_state srv_agent_state\n";
    std::string stat =
        "# pxname,svname,status,bck,check_rise,check_fall,tracked,type,algo,scur,hrsp_2xx,"
        "hrsp_5xx,\n";
    for (const auto& [name, servers] : backends) {
      for (const auto& [server_name, server] : servers) {
        state += fmt::format("{} {} {}\n", name, server_name, state_of(server));
        stat +=
            fmt::format("{},{},UP,0,2,3,{},2,,{},{},{},\n", name, server_name, server.tracks,
                        server.sessions, server.answers - server.answers_5xx, server.answers_5xx);
      }
      const auto algorithm = algorithms.find(name);
      stat += fmt::format("{},BACKEND,UP,0,,,,1,{},,,,\n", name,
                          algorithm == algorithms.end() ? "roundrobin" : algorithm->second);
    }
    auto table = stats::parse_stat(stat + "\n");
    auto rows = stats::parse_servers_state(state + "\n");
    if (!table || !rows) {
      throw std::runtime_error(table ? rows.error().message : table.error().message);
    }
    std::vector<stats::StatTable> tables;
    tables.push_back(*stats::parse_stat(stat + "\n"));
    const View view{std::move(instance), Epoch{std::to_string(epoch)}, now, *std::move(rows),
                    std::make_shared<const Topology>(
                        std::make_shared<const stats::StatTable>(*std::move(table)))};
    return view.with(std::make_shared<const Activities>(now, std::move(tables)));
  }

 private:
  [[nodiscard]] const Server* leader(const Server& server) const {
    const auto slash = server.tracks.find('/');
    if (slash == std::string::npos) return nullptr;
    return &backends.at(server.tracks.substr(0, slash)).at(server.tracks.substr(slash + 1));
  }

  // One that tracks another has its health, and inherits its maintenance and drain.
  [[nodiscard]] std::string state_of(const Server& s) const {
    const Server* of = leader(s);
    const bool maint = (s.admin & stats::forced_maint) != 0;
    std::uint32_t admin = s.admin;
    if (of != nullptr && (of->admin & stats::forced_maint) != 0) admin |= stats::inherited_maint;
    if (of != nullptr && (of->admin & stats::forced_drain) != 0) admin |= stats::inherited_drain;
    const std::uint32_t checks =
        (s.checking ? 1U : 0U) + 2U + (s.checks ? 4U : 0U) + (s.checks && maint ? 8U : 0U);
    return fmt::format("{} - {} {} {} {} {} {} {} {} {}", s.address, s.port,
                       of == nullptr ? s.operational : of->operational, admin, s.weight, s.initial,
                       s.check_result, s.health, of == nullptr ? checks : 0,
                       s.agent       ? 6
                       : s.has_agent ? 2
                                     : 0);
  }
};

}  // namespace steward::control::test
