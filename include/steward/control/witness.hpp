// What was seen of one HAProxy, view after view: in memory only, so that after a restart of the
// steward it is seen anew.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "steward/base/time.hpp"
#include "steward/control/limits.hpp"
#include "steward/control/view.hpp"

namespace steward::control {

// Knows which servers' check results are of the present process of HAProxy: a state file restores
// results, and a server that leaves maintenance is UP before anybody looked. Those are facts once
// they were seen. What was done by hand is noted by comparing with the last look that was kept: one
// whose outcome could not be written did not happen for that. Not thread-safe.
class Witness {
 public:
  // Takes the next view of the instance.
  void look(const View& view, const Limits& limits);
  // What was made of the last look is durable.
  void keep();

  // What an earlier run of the steward knew: when it looked last at which process, and whom it did
  // not believe then (as doubts() said).
  void resume(Time looked, std::string epoch, std::string_view doubts);
  // The servers whose last result is not believed, for resume(): "backend/server …".
  [[nodiscard]] std::string doubts() const;
  // The wall clock was set.
  void step(std::chrono::milliseconds step);

  // Whether a check has ended in this process of HAProxy, and since the server left maintenance,
  // its checks were off or it got another address. True of servers that are not known.
  [[nodiscard]] bool fresh(const ServerKey& server) const;
  // The same of its agent, as far as that was seen; after Limits::verify_after it is supposed.
  [[nodiscard]] bool agent_answered(const ServerKey& server) const;
  // Whether the server was known to be well at most kCarriedAge before the present process began,
  // while that still counts (Limits::carry).
  [[nodiscard]] bool carried(const ServerKey& server, Time now, const Limits& limits) const;
  // Whether anything is carried still.
  [[nodiscard]] bool carries(Time now, const Limits& limits) const {
    return !carried_.empty() && now - carried_since_ <= limits.carry;
  }
  // Whether the process before the present one had just begun when it was looked at last: what a
  // file brings of it is as young as the present one. Or one that was seen since a look was kept.
  [[nodiscard]] bool hurried() const { return hurried_; }
  // The last view that was kept, if it was of the same process.
  [[nodiscard]] const View* before() const;
  // When that was, whatever the process; nothing: never.
  [[nodiscard]] std::optional<Time> looked_before() const { return kept_at_; }
  // Whether HAProxy was looked at since then, and nothing of it noted.
  [[nodiscard]] bool missed() const { return missed_; }

 private:
  struct Doubt {
    Time since{};
    bool paused = false;        // its checks did not run at the last look
    bool running = false;       // one was under way
    bool initializing = false;  // none had ended
    std::uint32_t health = 0;
    bool outdated = false;  // the one that is under way may have begun before the doubt did
  };
  using Doubts = std::unordered_map<std::string, Doubt>;

  static Doubt doubt_of(const stats::ServerState& row, Time since);
  void begin_epoch(const View& view, const Limits& limits);
  void doubt_the_untold(const View& view, const Limits& limits);
  void doubt_the_weak(const View& view, const Limits& limits);
  [[nodiscard]] bool changed_unseen(const View& view, const stats::ServerState& row,
                                    const stats::ServerState& was) const;
  void look_at(const View& view, const stats::ServerState& row, const stats::ServerState* was,
               const Limits& limits);
  void look_at_agent(const View& view, const stats::ServerState& server, const Limits& limits);

  Doubts doubts_, agents_;  // by "backend/server"
  std::unordered_set<std::string> carried_;
  Time carried_since_{};
  bool hurried_ = false, missed_ = false;
  std::shared_ptr<const View> last_, before_;  // seen; the one before it, of the same process
  std::shared_ptr<const View> kept_;
  std::optional<Time> kept_at_;  // by an earlier run, too
  std::string resumed_epoch_;
  Doubts resumed_;
};

}  // namespace steward::control
