// The real core and a HAProxy in memory, set up as a scenario of the model says (lists.py), and its
// events played on them.
#pragma once

#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/scene.hpp"
#include "steward/base/text.hpp"
#include "steward/control/rollout_requests.hpp"

namespace steward::control::test {

// The lines of a scenario.
struct Scenario {
  struct Server {
    std::string backend, name;
    bool maint = false;
    std::uint32_t weight = 1;
    bool checked = true, backup = false;
    std::string tracks;  // a name; empty: none
  };
  std::string name;
  std::vector<Server> servers;
  std::uint32_t floor_count = 1, floor_percent = 50;
  std::vector<Setting> settings;
  std::set<std::string> rollout, dead;

  [[nodiscard]] const Server& server(std::string_view of) const {
    for (const Server& each : servers) {
      if (each.name == of) return each;
    }
    throw std::runtime_error("no server " + std::string(of));
  }
};

// One list of events, from its start. A round is half a minute; what else happens takes seconds, or
// no time at all.
class Stage {
 public:
  using Words = std::vector<std::string>;

  explicit Stage(const Scenario& scenario);

  // Does what the event says, and returns what was told.
  std::string play(const Words& words);

  // What HAProxy has, and what the steward knows of it.
  [[nodiscard]] std::string haproxy_text();
  [[nodiscard]] std::string steward_text();

 private:
  using Told = std::vector<std::string>;
  static constexpr auto kRound = 30s;
  static constexpr auto kEver = std::chrono::hours(24 * 365);

  void set_limits();
  void build_servers();
  void begin_rollout();

  Told happen(const Words& words);
  void check(const std::string& name);
  void by_hand(const Words& words);
  Told ask(const Words& words);
  Told judge(const Words& words, const std::string& id);
  void force(const std::string& name);
  void release(const std::string& owner, const std::string& name, Setting setting);
  void restart(const std::string& file);
  Told round(std::optional<std::size_t> killed_after = {});
  void tell(const std::vector<Step>& steps, std::size_t most, Told& told, std::vector<Done>& done);
  [[nodiscard]] std::set<std::string> rests() const;
  void pass();
  void look(const std::vector<Done>& done = {});
  [[nodiscard]] Told held_returns(const std::vector<Step>& steps) const;

  [[nodiscard]] ServerRef target(const std::string& name) const {
    return {"lb1", scenario_.server(name).backend, name};
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return scenario_.server(name).backend + "/" + name;
  }
  [[nodiscard]] const Override* wish(const std::string& owner, const std::string& name,
                                     Setting setting) const;

  const Scenario& scenario_;
  Scene scene_{0};
  Caller alice_{{"alice", Role::admin, {}, {}}, "request", "127.0.0.1"};
  Caller root_{{"root", Role::admin, {}, {}}, "request", "127.0.0.1"};
  bool up_ = true;
  Time next_ = scene_.now;   // the next round
  std::int64_t alerts_ = 0;  // so many have fired
};

// The model's words for settings, values and owners.
[[nodiscard]] Setting setting_of(std::string_view word);
[[nodiscard]] std::string text_of(Setting setting);
[[nodiscard]] std::string text_of(const Value& value);
[[nodiscard]] Value value_of(Setting setting, const std::string& word);
[[nodiscard]] std::string owner_word(const Override& override);
[[nodiscard]] std::string joined(const std::vector<std::string>& parts);

}  // namespace steward::control::test
