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
  // What the promises are held against, too:
  hang,       // checks that begin and do not end
  save,       // a server-state file is written
  replace,    // HAProxy's process, with or without a file
  configure,  // what the next process of HAProxy reads
  answer,     // an agent
  readdress,  // DNS, a slot
  lend,       // one of two people acts for a while
  climb,      // … changes a weight step by step
  compel,     // an admin forces it
  leave,      // the steward ends
  come_back,  // … and begins again
  edit,       // a rule sets something else from now on
  stall,      // HAProxy's socket: nobody looks for a while
};
constexpr unsigned kKinds = static_cast<unsigned>(What::stall) + 1;
constexpr const char* kWhats[] = {
    "fire",   "resolve",  "act",       "release",       "pass",       "settle",
    "reload", "deafen",   "hear",      "lose_commands", "lose_words", "touch",
    "add",    "remove",   "let_be",    "roll_out",      "steer",      "refuse",
    "obey",   "fall_ill", "recover",   "visit",         "restart",    "hang",
    "save",   "replace",  "configure", "answer",        "readdress",  "lend",
    "climb",  "compel",   "leave",     "come_back",     "edit",       "stall"};
static_assert(std::size(kWhats) == kKinds);

// One thing that happens; what the numbers mean depends on what it is.
struct LifeEvent {
  What what = What::settle;
  unsigned server = 0, which = 0, amount = 0;
};

inline std::ostream& operator<<(std::ostream& out, const LifeEvent& event) {
  return out << kWhats[static_cast<int>(event.what)] << " web" << event.server + 1 << " "
             << event.which << " " << event.amount;
}

inline std::string alert_of(unsigned which) {
  constexpr const char* kNames[] = {"Sick", "Broken", "Slow", "Dead", "Blind"};
  return kNames[which % 5];
}

inline Value value_of(unsigned which) {
  const Value values[] = {
      {Setting::state, kDrain},     {Setting::state, kMaint},     {Setting::state, kReady},
      {Setting::weight, 30},        {Setting::weight, 0},         {Setting::weight, 200},
      {Setting::weight, 100},       {Setting::health, kUp},       {Setting::health, kDown},
      {Setting::health, kByChecks}, {Setting::checks, kDisabled}, {Setting::checks, kEnabled}};
  return values[which % std::size(values)];
}

inline void touch(const FakeHAProxy& haproxy, FakeHAProxy::Server& server, unsigned which) {
  const Command commands[] = {{Verb::state_ready},   {Verb::state_drain},   {Verb::state_maint},
                              {Verb::weight, 17},    {Verb::enable_health}, {Verb::disable_health},
                              {Verb::enable_health}, {Verb::disable_agent}, {Verb::enable_agent},
                              {Verb::weight, 0}};
  haproxy.touch(server, commands[which % std::size(commands)]);
}

inline void edit(Scene& scene, unsigned which) {
  const std::pair<const char*, Value> kEdits[] = {
      {"Sick", {Setting::state, kDrain}},    {"Sick", {Setting::state, kMaint}},
      {"Sick", {Setting::weight, 0, true}},  {"Slow", {Setting::weight, 50, true}},
      {"Slow", {Setting::weight, 25, true}}, {"Slow", {Setting::state, kDrain}}};
  const auto& [rule, value] = kEdits[which % std::size(kEdits)];
  scene.edit_rule(rule, value);
}

// What the next process of HAProxy has it as.
inline void configure(FakeHAProxy::Server& server, unsigned which) {
  constexpr std::uint32_t kWeights[] = {100, 40, 0};
  if (which % 4 == 3) server.next_disabled = !server.disabled;
  if (which % 4 != 3) server.next_initial = kWeights[which % 4];
}

inline std::string answer_of(unsigned which) {
  constexpr const char* kAnswers[] = {"up", "down", "drain", "ready", "maint", "40%", ""};
  return kAnswers[which % 7];
}

inline std::string address_of(unsigned which) {
  constexpr const char* kAddresses[] = {"", "10.0.2.1", "10.0.2.2"};
  return kAddresses[which % 3];
}

inline const Caller& one_of_two(const Scene& scene, unsigned which) {
  return which % 2 == 0 ? scene.caller : scene.bob;
}

inline void lend(Scene& scene, const std::string& server, const LifeEvent& event) {
  scene.act(value_of(event.which), server, one_of_two(scene, event.amount),
            std::chrono::seconds(1 + event.amount % 100));
}

inline void climb(Scene& scene, const std::string& server, const LifeEvent& event) {
  constexpr std::pair<std::uint16_t, std::uint16_t> kClimbs[] = {
      {100, 0}, {50, 0}, {100, 10}, {0, 100}, {10, 50}};
  const auto [from, to] = kClimbs[event.which % 5];
  scene.ramp(from, to, std::chrono::seconds(10 + event.amount % 50), server,
             one_of_two(scene, event.amount));
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

inline void add_one(Scene& scene, const LifeEvent& event) {
  AddRequest request;
  request.backend = "web";
  request.server = fmt::format("new{}", event.server + 1);
  request.address = fmt::format("10.0.1.{}:80", event.server + 1);
  request.timeout = std::chrono::seconds(1 + event.amount);
  scene.haproxy.dead_on_arrival = event.which % 4 == 3;
  (void)scene.ask(
      [&](Draft& draft, const World& at) { return add_server(draft, at, request, scene.caller); });
}

inline void remove_one(Scene& scene, const std::string& server, const LifeEvent& event) {
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
inline void roll_out(Scene& scene, const LifeEvent& event) {
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
inline void happen_to_all(Scene& scene, const LifeEvent& event) {
  switch (event.what) {
    case What::pass:
      return scene.pass(std::chrono::seconds(event.amount));
    case What::stall:  // for longer than what was well before a restart is believed after it
      return scene.idle(std::chrono::seconds(11 + event.amount));
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
    case What::come_back:
      return scene.begin_again();
    case What::save:
      return scene.haproxy.save();
    case What::replace:
      scene.haproxy.restart(static_cast<FakeHAProxy::File>(event.which % 4));
      return scene.look();
    case What::leave:
      return;
    case What::edit:
      return edit(scene, event.which);
    default:  // killed
      scene.look();
      for (const Step& step : scene.compare()) {
        if (event.what == What::lose_words) scene.haproxy.apply(step);
      }
  }
}

// What happens to a server itself, if there is one of that name.
inline void happen_to_server(Scene& scene, const std::string& name, const LifeEvent& event) {
  auto& servers = scene.haproxy.backends["web"];
  const auto found = servers.find(name);
  if (found == servers.end()) return;
  if (event.what == What::touch) touch(scene.haproxy, found->second, event.which);
  if (event.what == What::visit) found->second.sessions = event.amount % 3;
  if (event.what == What::fall_ill || event.what == What::recover) {
    found->second.alive = event.what == What::recover;
    found->second.hangs = false;
  }
  if (event.what == What::hang) found->second.hangs = true;
  if (event.what == What::configure) configure(found->second, event.which);
  if (event.what == What::answer) found->second.agent_says = answer_of(event.which);
  if (event.what == What::readdress) found->second.resolved = address_of(event.which);
}

inline void happen(Scene& scene, const LifeEvent& event) {
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
    case What::lend:
      lend(scene, server, event);
      break;
    case What::climb:
      climb(scene, server, event);
      break;
    case What::compel:
      scene.act(value_of(event.which), server, true);
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
    case What::hang:
    case What::configure:
    case What::answer:
    case What::readdress:
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
