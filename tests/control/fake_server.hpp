// One server of a HAProxy in memory: what HAProxy tells of it, and what only a test knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "steward/control/command.hpp"
#include "steward/stats/servers_state.hpp"

namespace steward::control::test {

// Seconds of HAProxy's own clock.
using Seconds = std::int64_t;

constexpr std::uint32_t kAnyMaint =
    stats::forced_maint | stats::inherited_maint | stats::resolution_maint;
constexpr std::uint32_t kSetByHand = stats::forced_maint | stats::forced_drain;
constexpr std::uint32_t kCheckFailed = 2;     // of check_result
constexpr std::uint32_t kNoConnection = 8;    // srv_check_status: L4CON
constexpr std::uint32_t kTimedOut = 12;       // srv_check_status: L7TOUT
constexpr std::uint32_t kAgentCheckBit = 16;  // of srv_agent_state

// Holds what the settings would be without the steward: as configured, or as the last person (or
// agent) made them. Only tests know it.
struct Ghost {
  std::uint32_t admin = 0;  // forced_maint, forced_drain or neither
  std::uint32_t weight = 100;
  bool checks = true, agent = false;
  bool operator==(const Ghost&) const = default;
};

struct FakeServer {
  std::uint32_t admin = 0, operational = 2, weight = 100, initial = 100;
  bool checks = true, agent = false, alive = true;
  std::uint32_t health = 4;  // rise + fall - 1: it has passed its checks for long
  std::string tracks;        // "backend/server"
  bool disabled = false;     // in the configuration
  bool has_agent = false;    // in the configuration
  std::uint32_t check_result = stats::kCheckPassed;
  bool checking = false;  // a check is under way
  bool dynamic = false;   // added at runtime
  bool unpaused = false;  // added, and never out of maintenance: its checks do not say "paused"
  bool slow = false;      // "slowstart": it serves, and stays in that state
  std::string address = "10.0.0.1", port = "80";
  std::uint64_t sessions = 0, answers = 0, answers_5xx = 0;

  // Configured:
  bool has_checks = true;
  std::uint32_t rise = 2, fall = 3;
  Seconds check_timeout = 3;
  bool tcp_check = false;  // its checks have no code, but words
  bool plain = false;      // they only connect
  bool backup = false;
  bool slot = false;  // of a server-template: its address is the resolver's
  std::optional<std::uint32_t> next_initial{};  // the configuration that the next process reads
  std::optional<bool> next_disabled{};
  // What answers:
  std::string resolved;           // what DNS says; empty: nothing
  bool hangs = false;             // checks that begin end only by their timeout
  std::string agent_says = "up";  // words of an agent's answer; empty: it does not answer
  // What HAProxy remembers:
  std::uint32_t check_status = stats::status_l7_ok;
  std::uint32_t check_code = 200;
  std::string check_said{};
  bool agent_up = true, agent_heard = true;  // not heard: INI, and counts as up
  bool asking_agent = false;                 // its answer is awaited
  Seconds check_began = 0;
  std::optional<Seconds> last_change{};  // empty: the start of the process
  // What only a test knows:
  bool mine = true;  // the last check that ended is of this process, and of this spell in service
  bool check_is_outdated = false;  // the one under way is of the address before
  // Shortly before this process began: kept out by a setting; known to be well.
  bool out_before = false, known_before = false;
  std::optional<Seconds> last_out{}, last_known{};  // when a process ended
  bool agent_denies = false;  // "down" was the last that was heard of the agent
  Ghost ghost{};

  [[nodiscard]] bool in_maint() const { return (admin & kAnyMaint) != 0; }
  [[nodiscard]] std::uint32_t full_health() const { return rise + fall - 1; }
  [[nodiscard]] bool checks_enabled() const { return has_checks && checks; }
  [[nodiscard]] bool agent_enabled() const { return has_agent && agent; }
  [[nodiscard]] bool last_check_passed() const {
    return check_status == stats::status_l7_ok || check_status == stats::status_l4_ok ||
           check_status == stats::status_l7_conditional;
  }

  // Does what an operational change does; HAProxy notes the time if it is one.
  void become(std::uint32_t state, Seconds now) {
    if (operational != state) last_change = now;
    operational = state;
  }

  // Whether a setting keeps it out, whatever its checks say.
  [[nodiscard]] bool out_by_setting() const {
    const bool pinned = has_checks && !checks && operational == stats::op_stopped;
    return (admin & kSetByHand) != 0 || weight == 0 || pinned;
  }

  // Brings it up, unless its checks or its agent say that it is down.
  void run(Seconds now) {
    if (in_maint() || (checks_enabled() && health < rise)) return;
    if (agent_enabled() && !agent_up) return;
    become(slow ? stats::op_starting : stats::op_running, now);
  }

  // Enters and leaves drain and maintenance. Out of maintenance it is UP at once, whether anything
  // answers or not, and down at the first check that fails.
  void change_admin(std::uint32_t to, Seconds now, bool drain_is_change) {
    const bool was_maint = in_maint(), was_drained = (admin & stats::forced_drain) != 0;
    admin = to;
    if (drain_is_change && !was_maint && !in_maint() &&
        was_drained != ((to & stats::forced_drain) != 0)) {
      last_change = now;
    }
    if (in_maint() && !was_maint) {
      health = 0;
      become(stats::op_stopped, now);
    }
    if (in_maint() || !was_maint) return;
    unpaused = false;
    if (checks_enabled()) health = rise;
    mine = false;
    run(now);
  }

  void change_state(std::uint32_t by_hand, Seconds now, bool drain_is_change) {
    change_admin((admin & ~kSetByHand) | by_hand, now, drain_is_change);
  }

  void pin(std::uint32_t state, Seconds now) {
    health = state == stats::op_stopped ? 0 : full_health();
    become(state, now);
  }

  void obey(const Command& command, Seconds now, bool drain_is_change) {
    switch (command.verb) {
      case Verb::state_ready:
        return change_state(0, now, drain_is_change);
      case Verb::state_drain:
        return change_state(stats::forced_drain, now, drain_is_change);
      case Verb::state_maint:
        return change_state(stats::forced_maint, now, drain_is_change);
      case Verb::weight:
        weight = command.weight;
        return;
      case Verb::health_up:
        return pin(stats::op_running, now);
      case Verb::health_stopping:
        return pin(stats::op_stopping, now);
      case Verb::health_down:
        return pin(stats::op_stopped, now);
      case Verb::enable_health:
      case Verb::disable_health:
        mine = mine && (checks || command.verb != Verb::enable_health);
        checks = command.verb == Verb::enable_health;
        return;
      case Verb::enable_agent:
      case Verb::disable_agent:
        agent = has_agent && command.verb == Verb::enable_agent;
        return;
      case Verb::add_server:
      case Verb::del_server:
      case Verb::shutdown_sessions:
        return;
    }
  }

  // Begins and ends a check, if one is due.
  void be_checked(Seconds now) {
    if (in_maint()) {
      checking = false;
      return;
    }
    if (!checking && !checks_enabled()) return;
    const bool waits = hangs && (!checking || now - check_began < check_timeout);
    if (!checking) check_began = now;
    checking = waits;
    if (!waits) end_check(now, hangs);
  }

  // Ends a check as HAProxy counts it: one that passes at `rise` gives full health, one that fails
  // below `rise` none. A server fresh out of maintenance, or of a fresh process, is at `rise`.
  void end_check(Seconds now, bool timed_out) {
    const bool passed = alive && !timed_out;
    mine = !std::exchange(check_is_outdated, false);
    const std::uint32_t well = plain ? stats::status_l4_ok : stats::status_l7_ok;
    check_status = passed ? well : timed_out ? kTimedOut : kNoConnection;
    check_result = passed ? stats::kCheckPassed : kCheckFailed;
    check_code = passed && !tcp_check && !plain ? 200 : 0;
    check_said = tcp_check ? "(tcp-check)" : "";
    if (passed) {
      if (health < full_health() && ++health >= rise) health = full_health();
      if (operational != stats::op_starting || !slow) run(now);
    } else {
      if (health > 0 && --health < rise) health = 0;
      if (health == 0) become(stats::op_stopped, now);
    }
  }

  // Hears the agent, which answers in maintenance too. What it says while it is enabled is no
  // person's doing, and would be so without us; what it says unheard nobody knows.
  void hear_agent(Seconds now, bool drain_is_change) {
    if (!has_agent || agent_says.empty()) return;
    if (!agent) return;
    if (ghost.agent) {
      follow_agent([&](std::uint32_t state) { ghost.admin = state; }, ghost.weight);
      if (says("up") || says("down")) agent_denies = says("down");
    }
    agent_heard = true;
    follow_agent([&](std::uint32_t state) { change_state(state, now, drain_is_change); }, weight);
    if (says("up")) agent_up = true;
    if (says("down")) agent_up = false;
    if (!agent_up && !in_maint()) become(stats::op_stopped, now);
    if (says("up") && operational == stats::op_stopped) run(now);
  }

  [[nodiscard]] bool says(std::string_view word) const {
    return (" " + agent_says + " ").find(" " + std::string(word) + " ") != std::string::npos;
  }

  template <class ChangeState>
  void follow_agent(const ChangeState& change, std::uint32_t& of_weight) const {
    if (says("ready")) change(0U);
    if (says("drain")) change(stats::forced_drain);
    if (says("maint")) change(stats::forced_maint);
    const auto percent = agent_says.find('%');
    if (percent == std::string::npos) return;
    const auto blank = agent_says.rfind(' ', percent);
    const auto from = blank == std::string::npos ? 0 : blank + 1;
    const auto share = std::stoul(agent_says.substr(from, percent - from));
    of_weight = static_cast<std::uint32_t>(initial * share / 100);
  }

  // Nobody has looked at what is there; a check that is under way is of the address before.
  void move_to(const std::string& another) {
    if (std::exchange(address, another) == another) return;
    mine = false;
    check_is_outdated = checking;
  }

  // Takes the address that DNS has now; without one it is in maintenance.
  void resolve(Seconds now, bool drain_is_change) {
    if (!slot) return;
    move_to(resolved.empty() ? "-" : resolved);
    const std::uint32_t others = admin & ~static_cast<std::uint32_t>(stats::resolution_maint);
    change_admin(resolved.empty() ? others | stats::resolution_maint : others, now,
                 drain_is_change);
  }

  // Starts as configured: UP before anybody looked, and down at the first check that fails.
  void begin() {
    initial = std::exchange(next_initial, {}).value_or(initial);
    disabled = std::exchange(next_disabled, {}).value_or(disabled);
    admin = disabled ? stats::forced_maint | stats::config_maint : 0;
    if (slot) admin |= stats::resolution_maint;
    if (slot) address = "-";
    operational = in_maint() ? stats::op_stopped : stats::op_running;
    health = in_maint() ? 0 : rise;
    weight = initial;
    checks = true;
    agent = has_agent;
    agent_up = true;
    agent_heard = checking = mine = agent_denies = check_is_outdated = false;
    check_status = has_checks ? stats::status_initializing : stats::status_unknown;
    check_result = check_code = 0;
    check_said.clear();
    last_change.reset();
    sessions = answers = answers_5xx = 0;
    ghost = {disabled ? stats::forced_maint : 0U, initial, true, has_agent};
  }
};

}  // namespace steward::control::test
