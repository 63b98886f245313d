// All overrides and holds there are, in memory, with the indexes that deciding needs. Knows no
// rule.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "steward/control/override.hpp"

namespace steward::control {

// Live overrides, and those that ended lately: the guards look at both. Pointers stay valid until
// the override is put again or erased. Not thread-safe.
class Book {
 public:
  using Pointers = std::vector<const Override*>;

  // All there is about one server. Its holds are there before its first command and after its
  // last override, until everything is back.
  struct Shelf {
    Pointers live;  // by id
    std::vector<Hold> holds;
    [[nodiscard]] const Hold* find(Setting aspect) const;
  };
  using Shelves = std::unordered_map<ServerRef, Shelf, ServerRefHash>;

  // Adds it, or replaces the one of this id (which must be about the same server and alert).
  void put(Override override);
  void erase(const std::string& id);
  void put(Hold hold);
  void drop_hold(const ServerRef& target, Setting aspect);

  [[nodiscard]] const Override* find(const std::string& id) const;
  [[nodiscard]] const Shelf* shelf(const ServerRef& target) const;
  [[nodiscard]] const Shelves* instance(const std::string& name) const;  // null: nothing there
  // Live and ended.
  [[nodiscard]] const Pointers& of_alert(const std::string& fingerprint) const;
  [[nodiscard]] const Pointers& of_backend(const std::string& instance,
                                           const std::string& backend) const;
  [[nodiscard]] const Pointers& pending(const std::string& instance) const;  // by id
  [[nodiscard]] const Pointers& admitted() const;  // ever, in the order of admission
  [[nodiscard]] std::size_t live_count() const { return live_; }
  [[nodiscard]] std::size_t count(Phase phase) const { return phases_[static_cast<int>(phase)]; }

  // Forgets what ended before `time`, and the oldest beyond limits::kEndedOverrides.
  void forget(Time time);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class T>
  using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  void index(const Override& override);
  void unindex(const Override& override);

  std::unordered_map<std::string, std::unique_ptr<Override>> overrides_;
  ByName<Shelves> instances_;
  ByName<Pointers> alerts_;
  ByName<ByName<Pointers>> backends_;
  ByName<Pointers> pending_;
  Pointers admitted_;
  std::map<std::pair<Time, std::string>, const Override*> ended_;
  std::size_t live_ = 0;
  std::size_t phases_[7] = {};
};

}  // namespace steward::control
