// All overrides and holds there are, in memory, with the indexes that deciding needs. Knows no
// rule.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "steward/control/hold.hpp"
#include "steward/control/membership.hpp"
#include "steward/control/override.hpp"
#include "steward/control/rollout.hpp"
#include "steward/control/tally.hpp"
#include "steward/control/witness.hpp"

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

  // Another one means that overrides or holds may have changed.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

  // Adds it, or replaces the one of this id (which must be about the same server and alert).
  void put(Override override);
  void erase(const std::string& id);
  void put(Hold hold);
  void drop_hold(const ServerRef& target, Setting aspect);

  [[nodiscard]] const Override* find(const std::string& id) const;
  [[nodiscard]] const Shelf* shelf(const ServerRef& target) const;
  [[nodiscard]] const Shelves& shelves(const std::string& instance) const;  // empty: nothing there
  template <class Visit>
  void for_each_hold(const Visit& visit) const {
    for (const auto& [instance, shelves] : instances_) {
      for (const auto& [target, shelf] : shelves) {
        for (const Hold& each : shelf.holds) visit(each);
      }
    }
  }
  // Live and ended.
  [[nodiscard]] const Pointers& of_alert(const std::string& fingerprint) const;
  [[nodiscard]] const Pointers& of_backend(const std::string& instance,
                                           const std::string& backend) const;
  [[nodiscard]] const Pointers& pending(const std::string& instance) const;  // by id
  [[nodiscard]] const Pointers& admitted() const;  // ever, in the order of admission
  [[nodiscard]] Pointers all_live() const;         // by id
  [[nodiscard]] std::size_t live_count() const { return live_; }
  [[nodiscard]] std::size_t count(Phase phase) const { return phases_[static_cast<int>(phase)]; }
  [[nodiscard]] const Tally& tally() const { return tally_; }

  // What is to be in the backends, and the rollouts under way; those that ended lately, too. By id.
  template <class T>
  using ById = std::map<std::string, T, std::less<>>;
  void put(Membership membership);
  void put(Rollout rollout);
  void erase_membership(const std::string& id);
  void erase_rollout(const std::string& id) { rollouts_.erase(id); }
  [[nodiscard]] const ById<Membership>& memberships() const { return memberships_; }
  [[nodiscard]] const ById<Rollout>& rollouts() const { return rollouts_; }
  [[nodiscard]] const Membership* membership(const std::string& id) const;
  [[nodiscard]] const Rollout* rollout(const std::string& id) const;
  // The live one about a server that decides; null: none. A newer one decides from its beginning,
  // and the one that stands lives on beside it until it stands itself.
  [[nodiscard]] const Membership* membership_of(const ServerRef& target) const;
  [[nodiscard]] const Membership* standing_of(const ServerRef& target) const;

  // What was seen of an instance: facts, not decisions, so that no draft takes them back; and with
  // what the next look is compared.
  [[nodiscard]] const Witness& witness(const std::string& instance) const;
  [[nodiscard]] Witness& witness(const std::string& instance) { return witnesses_[instance]; }
  // The wall clock was set: that is a fact, too.
  void step_witnesses(std::chrono::milliseconds step);

  // Forgets what ended limits::kHistory ago (a person's override: limits::kManualHistory), and the
  // oldest beyond limits::kEndedOverrides.
  void forget(Time now);

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
  ById<Membership> memberships_;
  struct Members {
    std::string under_way, standing;  // ids of live ones; empty: none
  };
  std::unordered_map<ServerRef, Members, ServerRefHash> members_;
  ById<Rollout> rollouts_;
  std::unordered_map<std::string, Witness> witnesses_;
  std::uint64_t revision_ = 0;
  std::size_t live_ = 0;
  std::size_t phases_[7] = {};
  Tally tally_;
};

}  // namespace steward::control
