// Lets anything happen to a scene, and holds the promises against every command.
#pragma once

#include <array>
#include <map>
#include <string>

#include "control/life.hpp"
#include "control/promises.hpp"

namespace steward::control::test {

// What HAProxy gives nobody the means to know is left out:
//   - a person changes something, and HAProxy is replaced before the steward has looked; or in a
//     new process before it has looked: hold files do the same;
//   - a state file is written while no steward runs; or in a second in which every server of a
//     backend was changed, or HAProxy began;
//   - a file is used while no steward runs, and every server of the backend changes before it
//   looks;
//   - what a file would have kept of a server whose `disabled`, or weight 0, was edited since,
//   while
//     an override was on it;
//   - a person sets by hand the value that was told, while it is not known whether HAProxy took
//     it, after another change that nobody has seen, or while no steward runs; or the value before,
//     while it is not known.
class Judge {
 public:
  // The steward has looked once.
  explicit Judge(Scene& scene) : scene_(scene) {
    scene_.settle();
    scene_.haproxy.on_told = [this](const Step& step) { note(step); };
    scene_.haproxy.on_taken = [this](const Step& step, const FakeHAProxy::Names& taken) {
      blame(why_below_floor(scene_, step, taken));
    };
  }
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;
  ~Judge() {
    scene_.haproxy.on_told = nullptr;
    scene_.haproxy.on_taken = nullptr;
  }

  // The first promise that was broken, in a sentence; empty: none.
  [[nodiscard]] const std::string& broken() const { return broken_; }

  // Agents are held against what serves, too. Not where people pin a health.
  void believe_agents() { agents_ = true; }

  void happen(const LifeEvent& event) {
    if (away_) {
      happen_without_us(event);
    } else {
      happen_with_us(event);
    }
    if (agents_) blame(why_against_its_agent(scene_));
  }

  // Ends all wishes and gives them time.
  void end() {
    come_back();
    recover_all();
    for (int round = 0; round < 5; ++round) {
      end_all();
      rest(scene_, std::chrono::seconds(5));
      if (all_ended()) break;
      scene_.pass(std::chrono::hours(25));
    }
    blame(why_not_as_it_was(scene_));
  }

  [[nodiscard]] bool all_ended() const {
    return scene_.book.live_count() == 0 && live_ones(scene_.book.memberships()).empty() &&
           live_ones(scene_.book.rollouts()).empty();
  }

 private:
  using Values = std::array<std::uint32_t, 4>;
  struct Told {
    std::uint32_t value = 0, before = 0;
    bool sure = false;  // it was read back
  };

  // As a person sets them: state, weight, checks, agent.
  static Values values_of(const FakeHAProxy::Server& server) {
    return {server.admin & kSetByHand, server.weight, server.checks ? 1U : 0U,
            server.agent ? 1U : 0U};
  }

  void blame(std::string why) {
    if (broken_.empty()) broken_ = std::move(why);
  }

  void note(const Step& step) {
    const auto& servers = scene_.haproxy.backends.at(step.target.backend);
    const auto found = servers.find(step.target.server);
    if (found == servers.end()) return;
    FakeHAProxy::Server server = found->second;
    const Values before = values_of(server);
    for (const Command& command : step.commands) server.obey(command, 0, false);
    const Values after = values_of(server);
    auto& told = told_[step.target];
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (after[i] != before[i]) told[i] = {after[i], before[i], false};
    }
  }

  // Looks and tells, and knows then what HAProxy took.
  void settle() {
    scene_.settle();
    look_back();
  }

  void look_back() {
    unseen_ = new_process_ = false;
    for (auto& [target, all] : told_) {
      const auto& servers = scene_.haproxy.backends.at(target.backend);
      const auto found = servers.find(target.server);
      if (found == servers.end()) continue;
      const Values now = values_of(found->second);
      for (auto& [setting, told] : all) told.sure = told.sure || told.value == now[setting];
    }
  }

  void come_back() {
    if (!away_) return;
    away_ = false;
    if (std::exchange(unwatched_, false) && !scene_.haproxy.tells_of_a_file("web")) forgive();
    scene_.begin_again();
    settle();
  }

  // What it is by now is all that can be known.
  void forgive() {
    for (auto& [name, server] : scene_.haproxy.backends["web"]) {
      server.ghost = {server.admin & (stats::forced_maint | stats::forced_drain), server.weight,
                      server.checks, server.agent};
    }
  }

  void happen_with_us(const LifeEvent& event) {
    const bool hides = event.what == What::reload || event.what == What::replace ||
                       event.what == What::save || event.what == What::leave;
    if (hides && unseen_) settle();
    if (writes_a_file(event) && scene_.haproxy.all_just_changed("web")) {
      happen_with_us({What::pass, 0, 0, 3});
    }
    if (event.what == What::replace) drop_edits();
    if (event.what == What::touch && (new_process_ || unseen_)) settle();
    if (event.what == What::leave) away_ = true;
    if (event.what == What::come_back) return;
    if (event.what == What::touch) return touch_one(event);
    if (event.what == What::lose_commands || event.what == What::lose_words) return kill(event);
    const bool asks =
        event.what == What::act || event.what == What::lend || event.what == What::fire;
    // Else nobody knows which came last; and no steward decides on a process it has not looked at.
    if (asks && (unseen_ || new_process_)) settle();
    const std::size_t said = scene_.audit.size();
    test::happen(scene_, event);
    for (std::size_t i = said; i < scene_.audit.size(); ++i) settle_ghost(scene_.audit[i]);
    if (event.what == What::reload || event.what == What::replace) new_process_ = true;
    if (event.what == What::pass || event.what == What::settle) look_back();
  }

  void drop_edits() {
    for (auto& [name, server] : scene_.haproxy.backends["web"]) {
      const Book::Shelf* shelf = scene_.book.shelf(Scene::target_of(name));
      if (shelf == nullptr || shelf->live.empty()) continue;
      server.next_disabled.reset();
      if (server.initial == 0) server.next_initial.reset();
    }
  }

  static bool writes_a_file(const LifeEvent& event) {
    const auto file = static_cast<FakeHAProxy::File>(event.which % 4);
    return event.what == What::save ||
           (event.what == What::replace && file == FakeHAProxy::File::just_written);
  }

  // What was unclear is as it is configured, by the word of a person.
  void settle_ghost(const AuditRecord& line) {
    if (line.event != to_string(Event::settled)) return;
    unseen_ = true;  // it is not told yet
    auto& servers = scene_.haproxy.backends["web"];
    const auto found = servers.find(line.target.substr(line.target.find('/') + 1));
    if (found == servers.end()) return;
    Ghost& ghost = found->second.ghost;
    if (line.setting == to_string(Setting::state)) ghost.admin = 0;
    if (line.setting == to_string(Setting::weight)) ghost.weight = found->second.initial;
    if (line.setting == to_string(Setting::health)) ghost.checks = true;
  }

  // Of what happens while no steward runs, only what is not its doing.
  void happen_without_us(const LifeEvent& event) {
    constexpr What kNotOurs[] = {What::deafen,   What::hear,      What::refuse,   What::obey,
                                 What::fall_ill, What::recover,   What::visit,    What::hang,
                                 What::answer,   What::configure, What::readdress};
    if (std::ranges::find(kNotOurs, event.what) != std::end(kNotOurs)) {
      return test::happen(scene_, event);
    }
    if (event.what == What::pass) scene_.idle(std::chrono::seconds(event.amount));
    if (event.what == What::touch && !new_process_) touch_one(event);
    if (event.what == What::come_back) come_back();
    if (event.what == What::reload) scene_.haproxy.reload();
    unwatched_ |= event.what == What::reload || event.what == What::replace;
    new_process_ |= unwatched_;
    if (event.what == What::replace) {
      drop_edits();
      scene_.haproxy.restart(static_cast<FakeHAProxy::File>(event.which % 3));
    }
  }

  // The steward dies between its ledger and HAProxy, or between HAProxy and reading back; another
  // begins at once.
  void kill(const LifeEvent& event) {
    scene_.look();
    unseen_ = new_process_ = false;
    for (const Step& step : scene_.compare()) {
      if (event.what == What::lose_words) {
        scene_.haproxy.apply(step);
      } else {
        note(step);
      }
    }
    scene_.begin_again();
  }

  void touch_one(const LifeEvent& event) {
    const ServerRef target{"lb1", "web", fmt::format("web{}", event.server % 4 + 1)};
    auto& servers = scene_.haproxy.backends["web"];
    const auto found = servers.find(target.server);
    if (found == servers.end()) return;
    const FakeHAProxy::Server was = found->second;
    touch(scene_.haproxy, found->second, event.which);
    if (nobody_can_know(target, values_of(was), values_of(found->second))) found->second = was;
    unseen_ = true;
  }

  [[nodiscard]] bool nobody_can_know(const ServerRef& target, const Values& was,
                                     const Values& now) const {
    const auto all = told_.find(target);
    if (all == told_.end()) return false;
    return std::ranges::any_of(all->second, [&](const auto& each) {
      const auto& [setting, told] = each;
      if (was[setting] == now[setting]) return false;
      const bool as_told = now[setting] == told.value && (away_ || unseen_ || !told.sure);
      return as_told || (now[setting] == told.before && !told.sure);
    });
  }

  void recover_all() {
    scene_.haproxy.deaf = false;
    scene_.haproxy.refused.clear();
    for (auto* all : {&scene_.haproxy.backends, &scene_.haproxy.configured}) {
      for (auto& [backend, servers] : *all) {
        for (auto& [name, server] : servers) {
          server.alive = true;
          server.hangs = false;
          server.sessions = 0;
          server.agent_says = "up ready 100%";  // all that it could have said before
        }
      }
    }
  }

  void end_all() {
    steer_one(scene_, 0, RolloutChange::abort);
    for (auto left = live_ones(scene_.book.memberships()).size(); left > 0; --left) {
      let_one_be(scene_, static_cast<unsigned>(left) - 1);
    }
    for (int i = 0; i < 32; ++i) release_any(scene_, 0);
  }

  Scene& scene_;
  std::string broken_;
  bool agents_ = false, away_ = false;
  bool unseen_ = false;  // a person did something
  bool new_process_ = false;
  bool unwatched_ = false;  // it began while no steward ran
  std::map<ServerRef, std::map<std::size_t, Told>> told_;
};

}  // namespace steward::control::test
