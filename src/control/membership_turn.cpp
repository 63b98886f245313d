#include "steward/control/membership_turn.hpp"

#include <algorithm>
#include <utility>

#include "steward/base/address.hpp"
#include "steward/base/text.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/lifecycle.hpp"

namespace steward::control {

const Hold* MembershipTurn::hold(Setting aspect) const {
  const Book::Shelf* all = shelf();
  const Hold* found = all == nullptr ? nullptr : all->find(aspect);
  if (found == nullptr || server() == nullptr) return found;
  const bool wished = std::ranges::any_of(
      all->live, [&](const Override* each) { return aspect_of(each->value.setting) == aspect; });
  const bool done = found->confirmed == Confirmed::yes && agrees(found->baseline, *server());
  return done && !wished ? nullptr : found;
}

std::string MembershipTurn::there() const { return host_port(server()->address, server()->port); }

std::string MembershipTurn::refusal() const {
  std::string text = "HAProxy says: " + printable(done_->answer, 400);
  if (text.find("xperimental") == std::string::npos) return text;
  return text + "; 2.4 and 2.5 add and delete servers only in experimental mode: it takes 2.6";
}

void MembershipTurn::enter(Stage stage, std::string detail) {
  Lifecycle(draft_, world_).enter(now_, stage, std::move(detail), done_);
}

void MembershipTurn::wait(std::string detail) {
  if (now_.detail == detail) return;
  now_.detail = std::move(detail);
  draft_.put(now_);
}

void MembershipTurn::tell(std::vector<Command> commands) {
  if (still_pausing(now_.next_attempt, world_.now)) return;
  ++now_.attempts;
  now_.next_attempt = world_.now + std::max<std::chrono::milliseconds>(pause_after(now_.attempts),
                                                                       std::chrono::seconds(1));
  draft_.put(now_);
  steps_.push_back({now_.target,
                    Setting::state,
                    std::move(commands),
                    true,
                    {Subject::Kind::membership, now_.id}});
}

void MembershipTurn::begin_again(Stage stage) {
  now_.deadline = world_.now + now_.patience;
  enter(stage, "HAProxy was reloaded or restarted");
}

// Another server is to have the name. A file may bring back what this one had.
void MembershipTurn::forget_server() {
  const Book::Shelf* all = shelf();
  if (all == nullptr) return;
  const std::vector<Hold> holds = all->holds;
  for (Hold each : holds) {
    each.gone = true;
    each.returning = false;
    draft_.put(std::move(each));
  }
}

void MembershipTurn::end_wishes(const std::string& why) {
  const Book::Shelf* all = shelf();
  if (all == nullptr) return;
  const Book::Pointers wishes = all->live;
  for (const Override* each : wishes) {
    if (each->phase == Phase::releasing) continue;
    Lifecycle(draft_, world_).end(*each, End::moved, why);
  }
}

}  // namespace steward::control
