// What becomes of the overrides of one server in a round: their phases, each with its line of the
// audit.
#pragma once

#include <string_view>

#include "steward/control/settling.hpp"

namespace steward::control {

// Those about one aspect.
struct Sides {
  Book::Pointers wishes;   // what should be in force
  Book::Pointers leaving;  // what is about to end
  [[nodiscard]] bool empty() const { return wishes.empty() && leaving.empty(); }
};

// All that is referred to must outlive it.
class Phases {
 public:
  Phases(Draft& draft, const World& world, const ServerRef& target,
         const stats::ServerState& server, const DoneAspects& done)
      : draft_(draft), world_(world), target_(target), server_(server), done_(done) {}

  // It is in force.
  void activate(const Override& override, const Hold& hold) const;
  // What it held is back: `now`.
  void let_go(const Override& override, const Value& now) const;
  // Somebody else changed the setting: theirs stays, and the hold ends.
  void yield(const Hold& hold, const Sides& both) const;
  // HAProxy was told, and is not as it was told to be.
  void count_attempt(Setting aspect, const Sides& both) const;
  // What is in force is told again.
  void reapplied(const Sides& both, const Hold& hold, std::string_view why) const;

 private:
  [[nodiscard]] AuditRecord line_of(std::string_view event, const Override& override,
                                    Setting aspect) const;
  // Whether the server is at least as strict as this one wants, although not as all want.
  [[nodiscard]] bool has_its_way(const Override& override) const;

  Draft& draft_;
  const World& world_;
  const ServerRef& target_;
  const stats::ServerState& server_;
  const DoneAspects& done_;
};

// Until the attempt after `attempts` that failed: none after the first, then 1 s, 2 s … 30 s.
[[nodiscard]] std::chrono::milliseconds pause_after(std::uint32_t attempts);
[[nodiscard]] bool still_pausing(const std::optional<Time>& next_attempt, Time now);

}  // namespace steward::control
