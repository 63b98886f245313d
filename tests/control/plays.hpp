// Backends, and what may happen to them: for properties about lives.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "control/judge.hpp"

namespace steward::control::test {

struct Play {
  std::string name;
  std::size_t servers = 2;
  std::vector<What> events;  // one that is named twice happens twice as often
  std::function<void(FakeHAProxy::Servers&)> prepare{};
  bool trusts_agents = false;       // nobody pins a health in it
  bool tracked = false;             // the servers of another backend track these
  std::uint32_t min_available = 1;  // beside its half
};

inline std::vector<What> with(std::vector<What> some) {
  constexpr What kAlways[] = {What::fire, What::fire,     What::fire,   What::resolve,
                              What::pass, What::fall_ill, What::recover};
  some.insert(some.end(), std::begin(kAlways), std::end(kAlways));
  return some;
}

inline void all_have_agents(FakeHAProxy::Servers& servers) {
  for (auto& [name, server] : servers) server.has_agent = server.agent = true;
}

// Scene::idle plays no more than five seconds of checks, whatever time passes.
inline void check_for_long(FakeHAProxy::Servers& servers) {
  for (auto& [name, server] : servers) server.check_timeout = 4;
}

inline void one_long_check(FakeHAProxy::Servers& servers) {
  check_for_long(servers);
  for (auto& [name, server] : servers) server.rise = server.fall = 1;
}

// More than half of the servers must stay.
inline Play play_of_a_count() {
  Play play{"a count", 4, with({What::act, What::release, What::lend, What::reload})};
  play.min_available = 3;
  return play;
}

inline std::vector<Play> plays_of_the_floor() {
  return {
      {"restarts", 2,
       with({What::reload, What::save, What::replace, What::hang, What::lose_commands,
             What::lose_words, What::stall})},
      {"checks that hang for long", 2, with({What::reload, What::save, What::replace, What::hang}),
       check_for_long},
      {"an absent steward", 2,
       with({What::leave, What::leave, What::come_back, What::come_back, What::reload, What::touch,
             What::hang, What::act, What::release}),
       check_for_long},
      {"maintenance by hand",
       2,
       {What::touch, What::touch, What::touch, What::hang, What::fire, What::pass, What::pass},
       one_long_check},
      play_of_a_count(),
      {"one check decides", 2,
       with({What::act, What::release, What::reload, What::save, What::replace, What::touch,
             What::hang, What::lose_words}),
       [](auto& servers) {
         for (auto& [name, server] : servers) server.rise = server.fall = 1;
       }},
      {"three servers", 3, with({What::act, What::release, What::lend, What::reload})},
      {"edited rules", 3, with({What::edit, What::edit, What::act, What::reload})},
      {"ramps", 2, with({What::climb, What::climb, What::lend, What::release})},
      {"a server without weight", 2, with({What::lend, What::lend, What::act, What::release}),
       [](auto& servers) { servers["web1"].initial = 0; }},
      {"backups", 3, with({What::act, What::release, What::reload}),
       [](auto& servers) { servers["web3"].backup = true; }},
      {"spares", 4, with({What::act, What::release, What::reload}),
       [](auto& servers) { servers["web3"].disabled = servers["web4"].disabled = true; }},
      {"no checks", 2, with({What::act, What::release, What::reload}),
       [](auto& servers) {
         for (auto& [name, server] : servers) server.has_checks = false;
       }},
      {"agents", 3, with({What::answer, What::answer, What::reload, What::lend}), all_have_agents},
      {"slots", 4, with({What::readdress, What::readdress, What::act, What::release, What::reload}),
       [](auto& servers) { servers["web3"].slot = servers["web4"].slot = true; }},
      {"baselines by hand", 3,
       with({What::touch, What::touch, What::act, What::release, What::lend, What::save,
             What::replace})},
      {"rollouts", 4,
       with({What::roll_out, What::steer, What::add, What::remove, What::let_be, What::reload})},
      {"trackers", 2, with({What::act, What::release, What::reload, What::lend}), {}, false, true},
  };
}

inline std::vector<Play> plays_of_agents() {
  const std::vector<What> events{What::fire, What::answer, What::pass, What::pass, What::reload};
  return {{"agents", 2, events, all_have_agents, true}};
}

inline std::vector<Play> plays_of_the_end() {
  return {
      {"alerts and people", 4,
       with({What::edit, What::act, What::lend, What::climb, What::release, What::lose_commands,
             What::lose_words, What::deafen, What::hear})},
      {"hands", 2, with({What::touch, What::touch, What::act, What::lend, What::release})},
      {"reloads", 2, with({What::reload, What::touch, What::act, What::lend, What::release})},
      {"files", 2,
       with({What::save, What::replace, What::replace, What::touch, What::act, What::lend,
             What::release, What::configure})},
      {"files and ramps", 2,
       with({What::save, What::replace, What::climb, What::climb, What::touch, What::lend})},
      {"files and members", 4,
       with({What::save, What::replace, What::remove, What::add, What::let_be, What::release})},
      {"kills", 2,
       with({What::lose_commands, What::lose_words, What::touch, What::save, What::replace,
             What::act, What::release})},
      {"an absent steward", 2,
       with({What::leave, What::come_back, What::touch, What::save, What::replace, What::act,
             What::release})},
      {"agents", 2, with({What::answer, What::answer, What::answer, What::lend, What::reload}),
       all_have_agents},
      {"slots", 3, with({What::readdress, What::readdress, What::act, What::release, What::reload}),
       [](auto& servers) { servers["web3"].slot = true; }},
      {"disabled servers", 3,
       with({What::configure, What::replace, What::save, What::act, What::lend, What::touch}),
       [](auto& servers) { servers["web3"].disabled = true; }},
  };
}

// Each server is as its configuration has it, and has passed its checks for long.
inline Scene scene_of(const Play& play, bool drain_is_change) {
  Scene scene(play.servers);
  scene.policy.limits.defaults.min_available_count = play.min_available;
  scene.haproxy.drain_is_change = drain_is_change;
  auto& servers = scene.haproxy.backends["web"];
  if (play.prepare) play.prepare(servers);
  for (auto& [name, server] : servers) server.begin();
  if (play.tracked) {
    auto& api = scene.haproxy.backends["api"];
    for (const auto& [name, server] : servers) api["of-" + name].tracks = "web/" + name;
  }
  scene.haproxy.check_all();
  for (auto& [name, server] : servers) server.last_change.reset();
  scene.look();
  return scene;
}

}  // namespace steward::control::test
