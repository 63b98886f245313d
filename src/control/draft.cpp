#include "steward/control/draft.hpp"

#include <algorithm>

namespace steward::control {

Draft::~Draft() {
  if (!kept_) take_back();
}

Changes Draft::set_aside() {
  Changes made = changes();
  take_back();
  kept_ = true;
  return made;
}

void Draft::apply(Changes changes) {
  for (Override& each : changes.overrides) book_.put(std::move(each));
  for (Hold& each : changes.holds) book_.put(std::move(each));
  for (const Hold& each : changes.dropped) book_.drop_hold(each.target, each.setting);
  for (Membership& each : changes.memberships) book_.put(std::move(each));
  for (Rollout& each : changes.rollouts) book_.put(std::move(each));
  keep();
}

void Draft::look(const View& view, const Limits& limits) {
  book_.witness(view.instance()).look(view, limits);
  looked_.push_back(view.instance());
}

void Draft::keep() {
  kept_ = true;
  for (const std::string& each : looked_) book_.witness(each).keep();
}

void Draft::take_back() {
  for (auto& [id, was] : memberships_) {
    if (was) {
      book_.put(*std::move(was));
    } else {
      book_.erase_membership(id);
    }
  }
  for (auto& [id, was] : rollouts_) {
    if (was) {
      book_.put(*std::move(was));
    } else {
      book_.erase_rollout(id);
    }
  }
  for (const PastOverride& past : overrides_) restore(past);
  for (const PastHold& past : holds_) {
    if (past.was) {
      book_.put(*past.was);
    } else {
      book_.drop_hold(past.target, past.aspect);
    }
  }
}

void Draft::restore(const PastOverride& past) {
  if (past.was) {
    book_.put(*past.was);
  } else {
    book_.erase(past.id);
  }
}

void Draft::put(Override override) {
  if (index_.emplace(override.id, overrides_.size()).second) {
    const Override* was = book_.find(override.id);
    overrides_.push_back({override.id, was == nullptr ? std::nullopt : std::optional(*was)});
  }
  attend(override.target);
  book_.put(std::move(override));
}

void Draft::put(Membership membership) {
  const Membership* was = book_.membership(membership.id);
  memberships_.try_emplace(membership.id, was == nullptr ? std::nullopt : std::optional(*was));
  book_.put(std::move(membership));
}

void Draft::put(Rollout rollout) {
  const Rollout* was = book_.rollout(rollout.id);
  rollouts_.try_emplace(rollout.id, was == nullptr ? std::nullopt : std::optional(*was));
  book_.put(std::move(rollout));
}

void Draft::withdraw(const std::string& id) {
  const auto found = index_.find(id);
  if (found != index_.end()) restore(overrides_[found->second]);
}

void Draft::unsay(const std::string& id) {
  withdraw(id);
  std::erase_if(audit_, [&](const AuditRecord& line) { return line.subject.id == id; });
}

void Draft::remember_hold(const ServerRef& target, Setting aspect) {
  attend(target);
  auto& known = held_[target];
  if (std::ranges::find(known, aspect) != known.end()) return;
  known.push_back(aspect);
  const Book::Shelf* shelf = book_.shelf(target);
  const Hold* was = shelf == nullptr ? nullptr : shelf->find(aspect);
  holds_.push_back({target, aspect, was == nullptr ? std::nullopt : std::optional(*was)});
}

void Draft::put(Hold hold) {
  remember_hold(hold.target, hold.setting);
  book_.put(std::move(hold));
}

void Draft::drop_hold(const ServerRef& target, Setting aspect) {
  remember_hold(target, aspect);
  book_.drop_hold(target, aspect);
}

std::vector<Book::Shelves::const_pointer> Draft::attended(const std::string& instance) const {
  std::vector<Book::Shelves::const_pointer> all;
  const Book::Shelves& shelves = book_.shelves(instance);
  for (const ServerRef& target : attended_) {
    const auto found = shelves.find(target);
    if (found != shelves.end()) all.push_back(&*found);
  }
  return all;
}

Changes Draft::changes() const {
  Changes changes;
  for (const PastOverride& past : overrides_) {
    const Override* now = book_.find(past.id);
    if (now != nullptr && past.was != *now) changes.overrides.push_back(*now);
  }
  for (const PastHold& past : holds_) {
    const Book::Shelf* shelf = book_.shelf(past.target);
    const Hold* now = shelf == nullptr ? nullptr : shelf->find(past.aspect);
    if (now != nullptr) {
      if (past.was != *now) changes.holds.push_back(*now);
    } else if (past.was) {
      changes.dropped.push_back(*past.was);
    }
  }
  for (const auto& [id, was] : memberships_) {
    const Membership& now = *book_.membership(id);
    if (was != now) changes.memberships.push_back(now);
  }
  for (const auto& [id, was] : rollouts_) {
    const Rollout& now = *book_.rollout(id);
    if (was != now) changes.rollouts.push_back(now);
  }
  changes.audit = audit_;
  return changes;
}

}  // namespace steward::control
