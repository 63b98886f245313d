// How many overrides wait or are held, and how many settings need somebody: counted as the book
// changes, so that nobody goes through it.
#pragma once

#include <array>
#include <cstddef>

#include "steward/control/hold.hpp"
#include "steward/control/override.hpp"

namespace steward::control {

class Tally {
 public:
  void add(const Override& override) { count(override, 1); }
  void add(const Hold& hold) { count(hold, 1); }
  // What is removed must have been added as it is now.
  void remove(const Override& override) { count(override, -1); }
  void remove(const Hold& hold) { count(hold, -1); }

  // Overrides that wait because of this guard; those that are suspended, too.
  [[nodiscard]] std::size_t waiting(Guard guard) const {
    return static_cast<std::size_t>(waiting_[static_cast<std::size_t>(guard)]);
  }
  // Overrides whose end has come, and whose way back is held.
  [[nodiscard]] std::size_t returns_held() const { return static_cast<std::size_t>(returns_held_); }
  // Settings of which HAProxy does not tell whose they are; and those it does not take back.
  [[nodiscard]] std::size_t unclear() const { return static_cast<std::size_t>(unclear_); }
  [[nodiscard]] std::size_t stuck() const { return static_cast<std::size_t>(stuck_); }

 private:
  void count(const Override& override, std::ptrdiff_t one);
  void count(const Hold& hold, std::ptrdiff_t one);

  std::array<std::ptrdiff_t, kGuardCount> waiting_{};
  std::ptrdiff_t returns_held_ = 0, unclear_ = 0, stuck_ = 0;
};

}  // namespace steward::control
