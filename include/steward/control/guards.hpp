// The guards that depend on what HAProxy is like and on what else is wished: may this override be
// admitted now? Every refusal says which guard and the numbers.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "steward/control/book.hpp"
#include "steward/control/limits.hpp"
#include "steward/control/view.hpp"

namespace steward::control {

// What is known of one HAProxy.
struct Sight {
  const View* view = nullptr;  // the last that was read; null: none ever
  std::string trouble;         // why the last reading failed; empty: it did not
};

// For one round of decisions: counts a backend once and keeps count of what the round admits. The
// candidates of the round must be in the book already (pending), so that they are counted as
// alerting. Not thread-safe; the book, limits and views must outlive it.
class Guards {
 public:
  // `paused`: why automation is paused; nothing: it is not.
  Guards(const Book& book, const Limits& limits, std::optional<std::string> paused, Time now)
      : book_(book), limits_(limits), paused_(std::move(paused)), now_(now) {}

  // Nothing: it may be admitted. The server must be in the view, if there is one.
  [[nodiscard]] std::optional<Refusal> check(const Override& candidate, const Sight& sight);

  // From now on all guards are asked, also behind the one that refuses.
  void explain() { explains_ = true; }
  // Those that the last check asked, in order; without a detail if they let it pass. Nothing unless
  // they are to explain.
  [[nodiscard]] const std::vector<Refusal>& asked() const { return asked_; }

  // The same, but only whether enough servers stay usable: of what was admitted before. Not yet
  // admitted anew; the server must be in the view.
  [[nodiscard]] std::optional<Refusal> check_floor(const Override& candidate, const View& view) {
    return min_available(candidate, view);
  }

  // It was: the next ones are checked with it.
  void admit(const Override& candidate, const View& view);

 private:
  // One backend, counted.
  struct Tally {
    std::size_t configured = 0;                      // that percentages count of
    std::unordered_set<std::string_view> available;  // usable, and not wished out
    std::unordered_set<std::string_view> returning;  // said to be usable, but perhaps not yet
    std::set<std::string_view> overridden;           // under an admitted override
    std::set<std::string_view> alerting;             // lately
    std::size_t admissions = 0;                      // of alerts, in the rate's window
    std::optional<Time> last_admission;
  };
  struct Check {
    Guard guard;
    std::optional<Refusal> (Guards::*ask)(const Override&, const View&);
  };

  [[nodiscard]] bool note(Guard guard, std::optional<Refusal> refusal,
                          std::optional<Refusal>& first);
  static std::optional<Refusal> unreachable(const Override& candidate, const Sight& sight);
  std::optional<Refusal> stale(const Override& candidate, const View& view);

  Tally& tally(const View& view, std::string_view backend);
  void count_servers(const View& view, std::string_view backend, Tally& into) const;
  void count_overrides(const View& view, const std::string& backend, Tally& into) const;
  void count_leaders(const View& view, const ServerKey& tracking, Tally& into) const;
  static void take_out(const Override& override, std::string_view server, Tally& into);
  std::optional<Refusal> min_available(const Override& candidate, const View& view);
  std::optional<Refusal> floor_of(std::string_view backend, const std::set<std::string_view>& lost,
                                  const View& view);
  std::optional<Refusal> max_overridden(const Override& candidate, const View& view);
  std::optional<Refusal> mass_alert(const Override& candidate, const View& view);
  std::optional<Refusal> rate(const Override& candidate, const View& view);
  std::optional<Refusal> spacing(const Override& candidate, const View& view);
  std::optional<Refusal> flap(const Override& candidate, const View& view);
  [[nodiscard]] std::size_t recent_admissions() const;

  const Book& book_;
  const Limits& limits_;
  const std::optional<std::string> paused_;
  const Time now_;
  std::unordered_map<ServerKey, Tally, ServerKeyHash> tallies_;  // by instance and backend
  bool explains_ = false;
  std::vector<Refusal> asked_;
};

}  // namespace steward::control
