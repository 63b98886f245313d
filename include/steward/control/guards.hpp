// The guards that depend on what HAProxy is like and on what else is wished: may this override be
// admitted now? Every refusal says which guard and the numbers.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "steward/control/book.hpp"
#include "steward/control/gate.hpp"
#include "steward/control/limits.hpp"
#include "steward/control/sight.hpp"
#include "steward/control/view.hpp"

namespace steward::control {

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
  // The same without the floors: of what the gate is asked about next.
  [[nodiscard]] std::optional<Refusal> check_but_floors(const Override& candidate,
                                                        const Sight& sight);

  // What min_wanted would say of it if it were an alert's: people are told.
  [[nodiscard]] std::optional<Refusal> too_few_wanted(const Override& candidate,
                                                      const Sight& sight);

  // From now on all guards are asked, also behind the one that refuses.
  void explain() { explains_ = true; }
  // Those that the last check asked, in order; without a detail if they let it pass. Nothing unless
  // they are to explain.
  [[nodiscard]] const std::vector<Refusal>& asked() const { return asked_; }

  // Counts an admitted override, so that later checks of this round see it.
  void admit(const Override& candidate, const View& view);
  // The same for the guards alone, where the gate is asked apart.
  void count(const Override& candidate, const View& view);

 private:
  // One backend, counted.
  struct Tally {
    std::size_t share = 0;                  // that percentages count of
    std::set<std::string_view> overridden;  // stricter than their baseline
    std::set<std::string_view> alerting;    // lately
    std::size_t admissions = 0;             // of alerts, in the rate's window
    std::optional<Time> last_admission;
    // Overrides that were ever in force, by server; nothing: not asked for yet.
    std::optional<std::unordered_map<std::string_view, Book::Pointers>> outings;
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
  void count_overrides(const View& view, const std::string& backend, Tally& into) const;
  Gate& gate(const View& view);
  [[nodiscard]] std::optional<Refusal> ask(const Override& candidate, const Sight& sight,
                                           bool floors);
  std::optional<Refusal> floors(const Override& candidate, const View& view);
  bool note_floors(const Override& candidate, const View& view, std::optional<Refusal>& first);
  std::optional<Refusal> max_overridden(const Override& candidate, const View& view);
  std::optional<Refusal> mass_alert(const Override& candidate, const View& view);
  std::optional<Refusal> rate(const Override& candidate, const View& view);
  std::optional<Refusal> spacing(const Override& candidate, const View& view);
  std::optional<Refusal> flap(const Override& candidate, const View& view);
  const Book::Pointers& outings_of(const ServerRef& target, const View& view);
  [[nodiscard]] std::size_t recent_admissions() const;
  [[nodiscard]] std::string holders(const ServerRef& target, const View& view,
                                    const Tally& now) const;

  const Book& book_;
  const Limits& limits_;
  const std::optional<std::string> paused_;
  const Time now_;
  std::unordered_map<ServerKey, Tally, ServerKeyHash> tallies_;  // by instance and backend
  std::map<const View*, Gate> gates_;
  bool explains_ = false;
  std::vector<Refusal> asked_;
};

}  // namespace steward::control
