// A change of the book in the making: it is in the book already, so that later decisions see it,
// but is taken back unless it is kept. What it changed is collected for the ledger.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "steward/control/audit.hpp"
#include "steward/control/book.hpp"

namespace steward::control {

// All the durable traces of a decision.
struct Changes {
  std::vector<Override> overrides;  // as they are now
  std::vector<Hold> holds;
  std::vector<Hold> dropped;
  std::vector<Membership> memberships;
  std::vector<Rollout> rollouts;
  std::vector<AuditRecord> audit;
  [[nodiscard]] bool empty() const {
    return overrides.empty() && holds.empty() && dropped.empty() && memberships.empty() &&
           rollouts.empty() && audit.empty();
  }
};

class Draft {
 public:
  explicit Draft(Book& book) : book_(book) {}
  ~Draft();  // takes everything back, unless keep() was called
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  void put(Override override);
  void put(Hold hold);
  void put(Membership membership);
  void put(Rollout rollout);
  void drop_hold(const ServerRef& target, Setting aspect);
  // An override put in this draft, as if it had never been; its audit lines stay.
  void withdraw(const std::string& id);
  void unsay(const std::string& id);  // … and its audit lines go, too
  void record(AuditRecord line) { audit_.push_back(std::move(line)); }

  // Names a server that is to be thought about. So is each that anything is put or dropped of.
  void attend(const ServerRef& target) { attended_.insert(target); }
  // Those of an instance of which there are overrides or holds; in no order.
  [[nodiscard]] std::vector<Book::Shelves::const_pointer> attended(
      const std::string& instance) const;

  [[nodiscard]] const Book& book() const { return book_; }
  // What is seen is a fact, and not taken back; but unless the draft is kept, the next look is
  // compared with the one before this.
  void look(const View& view, const Limits& limits);
  [[nodiscard]] Changes changes() const;
  void keep();
  // Takes everything back now, for as long as it is not durable: apply() does it again.
  [[nodiscard]] Changes set_aside();
  void apply(Changes changes);

 private:
  struct PastOverride {
    std::string id;
    std::optional<Override> was;  // nothing: it was not there
  };
  struct PastHold {
    ServerRef target;
    Setting aspect;
    std::optional<Hold> was;
  };
  void take_back();
  void remember_hold(const ServerRef& target, Setting aspect);
  void restore(const PastOverride& past);

  Book& book_;
  std::unordered_map<std::string, std::size_t> index_;  // id → in overrides_
  std::vector<PastOverride> overrides_;                 // each once, as it was before
  std::unordered_map<ServerRef, std::vector<Setting>, ServerRefHash> held_;  // those of holds_
  std::vector<PastHold> holds_;
  std::vector<AuditRecord> audit_;
  std::map<std::string, std::optional<Membership>> memberships_;  // as they were
  std::map<std::string, std::optional<Rollout>> rollouts_;
  std::unordered_set<ServerRef, ServerRefHash> attended_;
  std::vector<std::string> looked_;  // instances
  bool kept_ = false;
};

}  // namespace steward::control
