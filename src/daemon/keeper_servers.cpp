// Keeper: servers that come and go, and rollouts.
#include <set>
#include <utility>

#include "steward/base/text.hpp"
#include "steward/daemon/crash_point.hpp"
#include "steward/daemon/keeper.hpp"

namespace steward::daemon {
namespace {

using control::Caller;

tl::unexpected<control::Refusal> unknown(std::string_view what, const std::string& id) {
  return tl::unexpected(control::Refusal{
      control::Guard::unknown_server, fmt::format("there is no {} {}", what, printable(id, 40))});
}

}  // namespace

template <class T, class Decide>
Result<Keeper::Asked<T>> Keeper::ask(const Decide& decide, bool dry_run) {
  Turn turn(*this);
  catch_up(turn);
  const auto all = sightings_.sights();
  control::Draft draft(book_);
  Asked<T> answer = decide(draft, world(all));
  if (dry_run || !answer) return answer;  // what was drafted is taken back
  crash_point("before_intent");
  if (auto kept = keep(turn, draft); !kept) return tl::unexpected(kept.error());
  crash_point("after_intent");
  poke_all();
  return answer;
}

Result<Keeper::Asked<control::Memberships>> Keeper::add(const control::AddRequest& request,
                                                        const Caller& caller, bool dry_run) {
  return ask<control::Memberships>(
      [&](control::Draft& draft, const control::World& at) {
        return control::add_server(draft, at, request, caller);
      },
      dry_run);
}

Result<Keeper::Asked<control::Memberships>> Keeper::remove(const control::RemoveRequest& request,
                                                           const Caller& caller, bool dry_run) {
  return ask<control::Memberships>(
      [&](control::Draft& draft, const control::World& at) {
        return control::remove_server(draft, at, request, caller);
      },
      dry_run);
}

Result<Keeper::Asked<control::Membership>> Keeper::end_membership(const std::string& id,
                                                                  const Caller& caller) {
  using Answer = Asked<control::Membership>;
  return ask<control::Membership>(
      [&](control::Draft& draft, const control::World& at) -> Answer {
        const auto* found = book_.membership(id);
        if (found == nullptr) return unknown("membership", id);
        if (!control::live(found->stage)) return *found;
        return control::end_membership(draft, at, control::Membership(*found), caller);
      },
      false);
}

Result<Keeper::Asked<control::Rollout>> Keeper::start(const control::RolloutRequest& request,
                                                      const Caller& caller, bool dry_run) {
  return ask<control::Rollout>(
      [&](control::Draft& draft, const control::World& at) {
        return control::start_rollout(draft, at, request, caller);
      },
      dry_run);
}

Result<Keeper::Asked<control::Rollout>> Keeper::change(const std::string& id,
                                                       control::RolloutChange change,
                                                       const std::string& server,
                                                       const std::string& reason,
                                                       const Caller& caller) {
  using Answer = Asked<control::Rollout>;
  return ask<control::Rollout>(
      [&](control::Draft& draft, const control::World& at) -> Answer {
        const auto* found = book_.rollout(id);
        if (found == nullptr) return unknown("rollout", id);
        return control::change_rollout(draft, at, control::Rollout(*found), change, server, reason,
                                       caller);
      },
      false);
}

std::vector<control::Membership> Keeper::memberships() const {
  const std::lock_guard lock(mutex_);
  std::vector<control::Membership> all;
  for (const auto& [id, each] : book_.memberships()) all.push_back(each);
  return all;
}

std::vector<control::Rollout> Keeper::rollouts() const {
  const std::lock_guard lock(mutex_);
  std::vector<control::Rollout> all;
  for (const auto& [id, each] : book_.rollouts()) all.push_back(each);
  return all;
}

std::vector<std::string> Keeper::watched(const std::string& instance) const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> backends;
  for (const auto& [id, each] : book_.memberships()) {
    const bool waits = each.stage == control::Stage::draining && each.target.instance == instance;
    if (waits) backends.insert(each.target.backend);
  }
  for (const auto& [id, each] : book_.rollouts()) {
    if (control::live(each.phase)) backends.insert(each.backend);
  }
  return {backends.begin(), backends.end()};
}

}  // namespace steward::daemon
