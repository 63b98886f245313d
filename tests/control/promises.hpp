// The two promises, as judges of a scene: no command takes a backend below its floor, and when all
// wishes have ended everything is as it would be without the steward. Each says what is broken in a
// sentence, or nothing.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "control/promise_hooks.hpp"

namespace steward::control::test {

// Whether the configuration puts a server in service, so that percentages count it.
inline bool is_counted(const Scene& scene, const ServerRef& target,
                       const FakeHAProxy::Server& server) {
  if (server.dynamic) {
    const Membership* member = scene.book.membership_of(target);
    return member != nullptr && member->wish == Wish::present && member->stage == Stage::present;
  }
  const bool disabled = (server.admin & stats::config_maint) != 0;
  return !disabled && server.initial > 0 && !server.backup && server.address != "-";
}

inline std::size_t floor_of(const Scene& scene, const std::string& backend) {
  const auto& servers = scene.haproxy.backends.at(backend);
  const auto counted =
      static_cast<std::size_t>(std::ranges::count_if(servers, [&](const auto& each) {
        return is_counted(scene, {"lb1", backend, each.first}, each.second);
      }));
  const BackendLimits& limits = scene.policy.limits.of(backend);
  const std::size_t share = (counted * limits.min_available_percent + 99) / 100;
  return std::max<std::size_t>({1, limits.min_available_count, share});
}

// Whether it counts for a step that tells again what was in force in the process before.
inline bool is_carried(const Scene& scene, const std::string& backend, const std::string& name) {
  const auto& server = scene.haproxy.backends.at(backend).at(name);
  const auto& watched = scene.haproxy.watched(server);
  const bool failed = watched.mine && !watched.last_check_passed();
  const bool unseen = watched.has_checks && !watched.checks;
  return server.known_before && !failed && !unseen && scene.haproxy.serving(backend, name);
}

// Judges a command that took `taken` out of what may serve, as HAProxy is right after it.
inline std::string why_below_floor(const Scene& scene, const Step& step,
                                   const FakeHAProxy::Names& taken, const std::string& backend) {
  const auto& servers = scene.haproxy.backends.at(backend);
  const bool again = is_told_again(scene, step);
  std::size_t known = 0, primaries = 0;
  for (const auto& [name, server] : servers) {
    const bool counts =
        scene.haproxy.known(backend, name) || (again && is_carried(scene, backend, name));
    known += counts ? 1 : 0;
    primaries += counts && !server.backup ? 1 : 0;
  }
  const bool lost_primary = std::ranges::any_of(taken, [&](const auto& each) {
    const auto found = servers.find(each.second);
    return each.first == backend && (found == servers.end() || !found->second.backup);
  });
  const std::size_t floor = floor_of(scene, backend);
  if (known > 0 && (!lost_primary || primaries >= floor)) return {};
  return fmt::format("1 the floor: {} of {}/{}: {} of {} are known to be usable, at least {} must",
                     to_string(step.aspect), step.target.backend, step.target.server, primaries,
                     backend, floor);
}

inline std::string why_below_floor(const Scene& scene, const Step& step,
                                   const FakeHAProxy::Names& taken) {
  if (is_forced(scene, step)) return {};
  for (const auto& [backend, name] : taken) {
    std::string why = why_below_floor(scene, step, taken, backend);
    if (!why.empty()) return why;
  }
  return {};
}

// Judges one server after all wishes about it have ended.
inline std::string why_not_as_it_was(const Scene& scene, const ServerRef& target,
                                     const FakeHAProxy::Server& server) {
  const auto differs = [&](Setting setting, std::uint32_t is, std::uint32_t would_be) {
    if (is == would_be || is_unclear(scene, target, setting)) return std::string();
    if (is_return_held(scene, target, setting)) return std::string();
    return fmt::format("2 as it was: {} of {}/{} is {}, without us it were {}", to_string(setting),
                       target.backend, target.server, is, would_be);
  };
  const Ghost& ghost = server.ghost;
  std::string why = differs(Setting::state, server.admin & kSetByHand, ghost.admin);
  if (why.empty()) why = differs(Setting::weight, server.weight, ghost.weight);
  if (why.empty()) why = differs(Setting::checks, server.checks ? 1 : 0, ghost.checks ? 1 : 0);
  if (why.empty()) why = differs(Setting::agent, server.agent ? 1 : 0, ghost.agent ? 1 : 0);
  const bool should_run = server.alive && server.checks_enabled() && !server.in_maint() &&
                          !(server.agent_enabled() && server.agent_denies);
  if (why.empty() && should_run) {
    why = differs(Setting::health, server.operational == stats::op_stopped ? 1 : 0, 0);
  }
  return why;
}

// Servers that came at runtime are there because of us.
inline std::string why_not_as_it_was(const Scene& scene) {
  for (const auto& [backend, servers] : scene.haproxy.backends) {
    for (const auto& [name, server] : servers) {
      if (server.dynamic) continue;
      std::string why = why_not_as_it_was(scene, {"lb1", backend, name}, server);
      if (!why.empty()) return why;
    }
  }
  return {};
}

// Judges whether servers serve against the word of their agents, which nobody but us silences.
inline std::string why_against_its_agent(const Scene& scene) {
  for (const auto& [backend, servers] : scene.haproxy.backends) {
    for (const auto& [name, server] : servers) {
      if (server.ghost.agent && server.agent_denies && server.says("down") &&
          scene.haproxy.serving(backend, name)) {
        return fmt::format("3 the agent: {}/{} serves, and its agent says that it is down", backend,
                           name);
      }
    }
  }
  return {};
}

}  // namespace steward::control::test
