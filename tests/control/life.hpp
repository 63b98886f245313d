// What can happen to a steward and its HAProxy, one event after the other: for tests that let
// anything happen in any order.
#pragma once

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "control/scene.hpp"
#include "steward/control/rollout_requests.hpp"

namespace steward::control::test {

enum class What {
  fire,
  resolve,
  act,
  release,
  pass,
  settle,
  reload,
  deafen,
  hear,
  lose_commands,  // the steward is killed before HAProxy is told
  lose_words,     // … or after
  touch,          // a person at HAProxy
  // Servers that come and go:
  add,
  remove,
  let_be,  // a membership ends
  roll_out,
  steer,  // a rollout
  // What goes wrong:
  refuse,  // HAProxy, one kind of command
  obey,    // … none any more
  fall_ill,
  recover,
  visit,  // sessions that stay
  restart,
};
constexpr const char* kWhats[] = {
    "fire",  "resolve",       "act",        "release",  "pass",    "settle", "reload", "deafen",
    "hear",  "lose_commands", "lose_words", "touch",    "add",     "remove", "let_be", "roll_out",
    "steer", "refuse",        "obey",       "fall_ill", "recover", "visit",  "restart"};

// One thing that happens; what the numbers mean depends on what it is.
struct Event {
  What what = What::settle;
  unsigned server = 0, which = 0, amount = 0;
};

inline std::ostream& operator<<(std::ostream& out, const Event& event) {
  return out << kWhats[static_cast<int>(event.what)] << " web" << event.server + 1 << " "
             << event.which << " " << event.amount;
}

inline std::string alert_of(unsigned which) {
  constexpr const char* kNames[] = {"Sick", "Broken", "Slow", "Dead", "Blind"};
  return kNames[which % 5];
}

inline Value value_of(unsigned which) {
  const Value values[] = {
      {Setting::state, kDrain},     {Setting::state, kMaint},   {Setting::state, kReady},
      {Setting::weight, 30},        {Setting::weight, 0},       {Setting::weight, 200},
      {Setting::health, kUp},       {Setting::health, kDown},   {Setting::health, kByChecks},
      {Setting::checks, kDisabled}, {Setting::checks, kEnabled}};
  return values[which % 11];
}

inline void touch(FakeHAProxy::Server& server, unsigned which) {
  const Command commands[] = {{Verb::state_ready},  {Verb::state_drain},   {Verb::state_maint},
                              {Verb::weight, 17},   {Verb::enable_health}, {Verb::disable_health},
                              {Verb::enable_health}};
  FakeHAProxy::apply(server, commands[which % 7]);
}

inline void release_any(Scene& scene, unsigned which) {
  Book::Pointers all;
  for (const Override* each : scene.book.of_backend("lb1", "web")) {
    if (live(each->phase) && each->phase != Phase::releasing) all.push_back(each);
  }
  if (!all.empty()) scene.release(all[which % all.size()]->id);
}

inline bool wants_something(const Membership& membership) { return live(membership.stage); }
inline bool wants_something(const Rollout& rollout) { return live(rollout.phase); }

// What still wants something, of memberships or rollouts.
template <class T>
std::vector<T> live_ones(const Book::ById<T>& all) {
  std::vector<T> found;
  for (const auto& [id, each] : all) {
    if (wants_something(each)) found.push_back(each);
  }
  return found;
}

inline void add_one(Scene& scene, const Event& event) {
  AddRequest request;
  request.backend = "web";
  request.server = fmt::format("new{}", event.server + 1);
  request.address = fmt::format("10.0.1.{}:80", event.server + 1);
  request.timeout = std::chrono::seconds(1 + event.amount);
  scene.haproxy.dead_on_arrival = event.which % 4 == 3;
  (void)scene.ask(
      [&](Draft& draft, const World& at) { return add_server(draft, at, request, scene.caller); });
}

inline void remove_one(Scene& scene, const std::string& server, const Event& event) {
  RemoveRequest request;
  request.backend = "web";
  request.server = server;
  request.timeout = std::chrono::seconds(1 + event.amount);
  request.cut = event.which % 2 == 1;
  (void)scene.ask([&](Draft& draft, const World& at) {
    return remove_server(draft, at, request, scene.caller);
  });
}

inline void let_one_be(Scene& scene, unsigned which) {
  const auto all = live_ones(scene.book.memberships());
  if (all.empty()) return;
  (void)scene.ask([&](Draft& draft, const World& at) {
    return end_membership(draft, at, all[which % all.size()], scene.caller);
  });
}

// From `server` on; the lowest bits of `which` say how many and whether they are cycled.
inline void roll_out(Scene& scene, const Event& event) {
  RolloutRequest request{{}, "web", {}, {}, ""};
  for (unsigned i = 0; i <= event.which % 4; ++i) {
    const unsigned number = (event.server + i) % 4 + 1;
    const bool cycled = (event.which & 4U) != 0;
    request.pairs.push_back({fmt::format("web{}", number),
                             cycled ? "" : fmt::format("new{}", number),
                             cycled ? "" : fmt::format("10.0.1.{}:80", number)});
  }
  request.terms.max_parallel = 1 + event.amount % 3;
  request.terms.soak = std::chrono::seconds(event.amount % 7);
  request.terms.drain_timeout = std::chrono::seconds(1 + event.amount % 30);
  request.terms.health_timeout = std::chrono::seconds(1 + event.amount % 20);
  request.terms.approval = event.amount % 5 == 4;
  request.terms.cut = event.amount % 2 == 1;
  request.terms.rollback = event.amount % 11 != 0;
  (void)scene.ask([&](Draft& draft, const World& at) {
    return start_rollout(draft, at, request, scene.caller);
  });
}

inline void steer_one(Scene& scene, unsigned which, RolloutChange change) {
  const auto all = live_ones(scene.book.rollouts());
  if (all.empty()) return;
  (void)scene.ask([&](Draft& draft, const World& at) {
    return change_rollout(draft, at, all[which % all.size()], change, "", "", scene.caller);
  });
}

// What happens to the whole of HAProxy, or to the steward.
inline void happen_to_all(Scene& scene, const Event& event) {
  switch (event.what) {
    case What::pass:
      return scene.pass(std::chrono::seconds(event.amount));
    case What::settle:
      return scene.settle();
    case What::reload:
      scene.haproxy.reload();
      return scene.look();
    case What::deafen:
    case What::hear:
      scene.haproxy.deaf = event.what == What::deafen;
      return;
    case What::refuse:
      scene.haproxy.refused.insert(static_cast<Verb>(event.which % 14));
      return;
    case What::obey:
      return scene.haproxy.refused.clear();
    case What::restart:
      scene.book = scene.reloaded();
      return;
    default:  // killed
      scene.look();
      for (const Step& step : scene.compare()) {
        if (event.what == What::lose_words) scene.haproxy.apply(step);
      }
  }
}

// What happens to a server itself, if there is one of that name.
inline void happen_to_server(Scene& scene, const std::string& name, const Event& event) {
  auto& servers = scene.haproxy.backends["web"];
  const auto found = servers.find(name);
  if (found == servers.end()) return;
  if (event.what == What::touch) touch(found->second, event.which);
  if (event.what == What::visit) found->second.sessions = event.amount % 3;
  if (event.what == What::fall_ill || event.what == What::recover) {
    found->second.alive = event.what == What::recover;
  }
}

inline void happen(Scene& scene, const Event& event) {
  const bool newcomer = event.server >= 4;
  const std::string server = fmt::format("{}{}", newcomer ? "new" : "web", event.server % 4 + 1);
  switch (event.what) {
    case What::fire:
      scene.fire(alert_of(event.which), server, Time{std::chrono::seconds(1 + event.amount / 200)});
      break;
    case What::resolve:
      scene.resolve(alert_of(event.which), server);
      break;
    case What::act:
      scene.act(value_of(event.which), server);
      break;
    case What::release:
      release_any(scene, event.which);
      break;
    case What::add:
      add_one(scene, event);
      break;
    case What::remove:
      remove_one(scene, server, event);
      break;
    case What::let_be:
      let_one_be(scene, event.which);
      break;
    case What::roll_out:
      roll_out(scene, event);
      break;
    case What::steer:
      steer_one(scene, event.server, static_cast<RolloutChange>(event.which % 4));
      break;
    case What::touch:
    case What::visit:
    case What::fall_ill:
    case What::recover:
      happen_to_server(scene, server, event);
      break;
    default:
      happen_to_all(scene, event);
  }
}

// A minute in which nothing happens and HAProxy does what it is told.
inline void rest(Scene& scene, std::chrono::seconds step = std::chrono::seconds(1)) {
  scene.haproxy.deaf = false;
  for (std::chrono::seconds gone{0}; gone < std::chrono::seconds(60); gone += step) {
    scene.pass(step);
  }
}

inline void end_everything(Scene& scene) {
  rest(scene);
  for (int i = 0; i < 3; ++i) {
    scene.pass(std::chrono::hours(25));  // every lease
    rest(scene);
  }
}

}  // namespace steward::control::test
