// A HAProxy in memory, as far as the control loop sees one.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "control/fake_state_file.hpp"
#include "steward/control/step.hpp"
#include "steward/control/view.hpp"
#include "steward/stats/stat_parser.hpp"

namespace steward::control::test {

// Does what the commands say, as HAProxy 2.6 to 3.4 do.
struct FakeHAProxy {
  using Server = FakeServer;
  using Servers = std::map<std::string, Server>;
  using Names = std::set<std::pair<std::string, std::string>>;  // backend, server
  enum class File { none, newest, older, just_written };

  std::map<std::string, Servers> backends;
  std::map<std::string, std::string> algorithms;  // of backends; roundrobin if not told
  decltype(backends) configured;                  // what was deleted, but is in the configuration
  bool dead_on_arrival = false;                   // servers that are added
  int epoch = 1;
  bool deaf = false;         // takes commands and does nothing
  bool answers = true;       // … or not even that
  std::set<Verb> refused{};  // these it does not do
  std::size_t told = 0;
  Seconds clock = 0, started = 0;  // of its own; of this process
  // Whether drain and ready set "last change": 2.6 does, 3.0 and later do so for UP and DOWN only.
  bool drain_is_change = true;
  FakeStateFile newest, older;  // state files; empty: there is none
  // Is called before a step of the steward, whether HAProxy does it or not.
  std::function<void(const Step&)> on_told;
  // Is called after each command of the steward that takes servers out of what may serve.
  std::function<void(const Step&, const Names& taken)> on_taken;

  void advance(Time now) {
    clock =
        std::max(clock, std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
  }

  // False if it did not do all of it.
  bool apply(const Step& step) {
    bool obeyed = true;
    if (on_told) on_told(step);
    for (const Command& command : step.commands) {
      ++told;
      const bool there = command.verb == Verb::add_server ||
                         backends.at(step.target.backend).contains(step.target.server);
      const bool does = there && !deaf && !refused.contains(command.verb);
      if (does) watch(step, command);
      obeyed = obeyed && does;
    }
    return obeyed;
  }

  void watch(const Step& step, const Command& command) {
    if (!on_taken) return obey(step.target, command);
    const Names before = serving_names();
    obey(step.target, command);
    const Names after = serving_names();
    Names taken;
    std::ranges::set_difference(before, after, std::inserter(taken, taken.end()));
    if (!taken.empty()) on_taken(step, taken);
  }

  void obey(const ServerRef& target, const Command& command) {
    if (comes_or_goes(target, command)) return;
    backends.at(target.backend).at(target.server).obey(command, clock, drain_is_change);
  }

  // A person at HAProxy. What changes nothing that can be seen is nobody's.
  void touch(Server& server, const Command& command) const {
    const Server was = server;
    server.obey(command, clock, drain_is_change);
    if (((was.admin ^ server.admin) & kSetByHand) != 0)
      server.ghost.admin = server.admin & kSetByHand;
    if (was.weight != server.weight) server.ghost.weight = server.weight;
    if (was.checks != server.checks) server.ghost.checks = server.checks;
    if (was.agent != server.agent) server.ghost.agent = server.agent;
  }

  // Adds or deletes, if it may; true if that is what the command is for.
  bool comes_or_goes(const ServerRef& target, const Command& command) {
    auto& servers = backends.at(target.backend);
    if (command.verb == Verb::add_server) {
      servers.try_emplace(target.server, added(command));
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

  [[nodiscard]] Server added(const Command& command) const {
    Server added;
    added.begin();
    added.admin = stats::forced_maint;
    added.operational = 0;
    added.health = 0;
    added.checks = false;
    added.last_change = clock;
    added.dynamic = added.unpaused = true;
    added.alive = !dead_on_arrival;
    added.slow = command.text.find("slowstart") != std::string::npos;
    added.address = command.text.substr(0, command.text.find(':'));
    added.port = command.text.substr(command.text.find(':') + 1, 2);
    return added;
  }

  // A second goes by: the checks that run say what is, agents and resolvers answer. A server goes
  // down after `fall` checks that failed, and up after `rise` that passed.
  void check() {
    for (auto& [name, servers] : backends) {
      for (auto& [server_name, server] : servers) {
        server.resolve(clock, drain_is_change);
        server.be_checked(clock);
        server.hear_agent(clock, drain_is_change);
      }
    }
  }

  // Checks until each has its verdict.
  void check_all() {
    for (int i = 0; i < 5; ++i) check();
  }

  // Writes what `show servers state` says; the file before stays as the older one.
  void save() {
    older = std::exchange(newest, {});
    for (const auto& [name, servers] : backends) {
      for (const auto& [server_name, server] : servers) {
        newest[{name, server_name}] = {server, clock - server.last_change.value_or(started)};
      }
    }
  }

  // Whether the ages in a file that is written now tell nothing: they are whole seconds.
  [[nodiscard]] bool all_just_changed(const std::string& backend) const {
    return std::ranges::all_of(backends.at(backend), [&](const auto& each) {
      return clock - each.second.last_change.value_or(started) <= 1;
    });
  }

  // Whether any server is as it was before the process began.
  [[nodiscard]] bool tells_of_a_file(const std::string& backend) const {
    return std::ranges::any_of(backends.at(backend), [&](const auto& each) {
      return each.second.last_change && *each.second.last_change + 1 < started;
    });
  }

  // Another process. Dynamic servers are gone; what a file does not say is as configured.
  void restart(File file) {
    if (file == File::just_written) save();
    const FakeStateFile none;
    const FakeStateFile& rows = file == File::none ? none : file == File::older ? older : newest;
    ++epoch;
    started = clock;
    remember_service();
    for (auto& [name, servers] : backends) {
      std::erase_if(servers, [](const auto& each) { return each.second.dynamic; });
      servers.merge(configured[name]);
      for (auto& [server_name, server] : servers) {
        server.begin();
        const auto row = rows.find({name, server_name});
        if (row != rows.end() && !row->second.server.dynamic) restore(server, row->second, clock);
      }
    }
  }

  // Everything is as configured again.
  void reload() { restart(File::none); }

  // Whether HAProxy sends it traffic, be it dead.
  [[nodiscard]] bool serving(const std::string& backend, const std::string& name) const {
    const Server& server = backends.at(backend).at(name);
    if (server.in_maint() || (server.admin & stats::forced_drain) != 0) return false;
    if (server.weight == 0) return false;
    const Server* of = leader(server);
    if (of == nullptr) return up(server);
    return up(*of) && !of->in_maint() && (of->admin & stats::forced_drain) == 0;
  }

  // Whether it serves and is known to stand: a check of this process passed, or there are none.
  [[nodiscard]] bool known(const std::string& backend, const std::string& name) const {
    if (!serving(backend, name)) return false;
    const Server& by = watched(backends.at(backend).at(name));
    if (by.agent_enabled() && !by.agent_heard && !by.agent_says.empty()) return false;
    return !by.has_checks || (by.checks && by.last_check_passed() && by.mine);
  }

  // Returns the server whose checks decide: itself, or the one it tracks.
  [[nodiscard]] const Server& watched(const Server& server) const {
    const Server* of = leader(server);
    return of == nullptr ? server : *of;
  }

  [[nodiscard]] Names serving_names() const {
    Names names;
    for (const auto& [name, servers] : backends) {
      for (const auto& [server, each] : servers) {
        if (serving(name, server)) names.emplace(name, server);
      }
    }
    return names;
  }

  [[nodiscard]] View view(Time now, std::string instance = "lb1") const;

 private:
  // Processes follow each other faster than anybody looks, so what was so shortly before counts.
  void remember_service() {
    constexpr Seconds kShortly = 10;
    const auto is_recent = [&](const std::optional<Seconds>& when) {
      return when && clock - *when <= kShortly;
    };
    for (auto& [name, servers] : backends) {
      for (auto& [server_name, server] : servers) {
        if (server.out_by_setting()) server.last_out = clock;
        if (watched(server).mine) server.last_known.reset();
        if (known(name, server_name)) server.last_known = clock;
        server.out_before = is_recent(server.last_out);
        server.known_before = is_recent(server.last_known);
      }
    }
  }

  static bool up(const Server& server) {
    return server.operational == stats::op_running || server.operational == stats::op_starting;
  }

  [[nodiscard]] const Server* leader(const Server& server) const {
    const auto slash = server.tracks.find('/');
    if (slash == std::string::npos) return nullptr;
    return &backends.at(server.tracks.substr(0, slash)).at(server.tracks.substr(slash + 1));
  }

  [[nodiscard]] std::string state_of(const Server& s) const;
  [[nodiscard]] std::string stat_of(const std::string& backend, const std::string& name,
                                    const Server& server) const;
};

// Writes a row of `show servers state` behind the names. One that tracks another has its health,
// and inherits its maintenance and drain; in maintenance of its own it is down.
inline std::string FakeHAProxy::state_of(const Server& s) const {
  const Server* of = leader(s);
  std::uint32_t admin = s.admin;
  if (of != nullptr && of->in_maint()) admin |= stats::inherited_maint;
  if (of != nullptr && (of->admin & stats::forced_drain) != 0) admin |= stats::inherited_drain;
  const std::uint32_t state = of == nullptr ? s.operational : s.in_maint() ? 0U : of->operational;
  const bool checked = s.has_checks && of == nullptr;
  const std::uint32_t checks = (s.checking ? 1U : 0U) + 2U + (s.checks ? 4U : 0U) +
                               (s.checks && s.in_maint() && !s.unpaused ? 8U : 0U);
  const std::uint32_t agent = s.agent ? 22U + (s.asking_agent ? 1U : 0U) : s.has_agent ? 18U : 0U;
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", s.address,
                     s.slot ? "app.example" : "-", s.port, state, admin, s.weight, s.initial,
                     clock - s.last_change.value_or(started), checked ? s.check_status : 0,
                     checked && !s.checking ? s.check_result : 0, s.health, checked ? checks : 0,
                     agent);
}

// How the last check ended, as `show stat` has it while checks run.
inline std::string word_of_check(const FakeServer& s) {
  const char* word = s.check_status == stats::status_initializing ? "INI"
                     : s.last_check_passed()                      ? "L7OK"
                     : s.check_status == kTimedOut                ? "L7TOUT"
                                                                  : "L4CON";
  return fmt::format("{}{}", s.checking ? "* " : "", word);
}

// Writes a row of `show stat`. It tells the last check only while checks run, and of the agent INI
// until its first answer. Out of a file comes the status of a check, and not its code.
inline std::string FakeHAProxy::stat_of(const std::string& backend, const std::string& name,
                                        const Server& s) const {
  const char* agent = !s.agent_enabled() ? ""
                      : !s.agent_heard   ? "INI"
                      : s.agent_up       ? "L7OK"
                                         : "L7STS";
  const bool runs = s.checks_enabled() && !s.in_maint() && leader(s) == nullptr;
  const std::string code = runs && s.check_code > 0 ? std::to_string(s.check_code) : "";
  return fmt::format("{},{},UP,{},{},{},{},2,,{},{},{},{},{},{},{},\n", backend, name,
                     s.backup ? 1 : 0, s.has_checks ? std::to_string(s.rise) : "",
                     s.has_checks ? std::to_string(s.fall) : "", s.tracks, s.sessions,
                     s.answers - s.answers_5xx, s.answers_5xx, runs ? word_of_check(s) : "", code,
                     runs ? s.check_said : "", agent);
}

inline View FakeHAProxy::view(Time now, std::string instance) const {
  std::string state =
      "1\n# be_name srv_name srv_addr srv_fqdn srv_port srv_op_state srv_admin_state srv_uweight "
      "srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health "
      "srv_check_state srv_agent_state\n";
  std::string stat =
      "# pxname,svname,status,bck,check_rise,check_fall,tracked,type,algo,scur,hrsp_2xx,hrsp_5xx,"
      "check_status,check_code,last_chk,agent_status,\n";
  for (const auto& [name, servers] : backends) {
    for (const auto& [server_name, server] : servers) {
      state += fmt::format("{} {} {}\n", name, server_name, state_of(server));
      stat += stat_of(name, server_name, server);
    }
    const auto algorithm = algorithms.find(name);
    stat += fmt::format("{},BACKEND,UP,0,,,,1,{},,,,,,,,\n", name,
                        algorithm == algorithms.end() ? "roundrobin" : algorithm->second);
  }
  auto table = stats::parse_stat(stat + "\n");
  auto rows = stats::parse_servers_state(state + "\n");
  if (!table || !rows) {
    throw std::runtime_error(table ? rows.error().message : table.error().message);
  }
  std::vector<stats::StatTable> tables;
  tables.push_back(*stats::parse_stat(stat + "\n"));
  const View view{std::move(instance),
                  Epoch{std::to_string(epoch), std::chrono::seconds(clock - started)}, now,
                  *std::move(rows),
                  std::make_shared<const Topology>(
                      std::make_shared<const stats::StatTable>(*std::move(table)))};
  return view.with(std::make_shared<const Activities>(now, std::move(tables)));
}

}  // namespace steward::control::test
