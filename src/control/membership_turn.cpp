#include "steward/control/membership_turn.hpp"

#include <utility>

#include "steward/base/text.hpp"
#include "steward/base/words.hpp"
#include "steward/control/phases.hpp"
#include "steward/control/records.hpp"

namespace steward::control {

AuditRecord record_of(std::string_view event, const Membership& membership, Time now,
                      const Caller* caller) {
  AuditRecord line = caller == nullptr ? AuditRecord{} : record_of(event, now, *caller);
  line.time = now;
  line.event = event;
  if (line.principal.empty()) line.principal = membership.principal;
  line.override_id = membership.id;
  line.target = to_string(membership.target);
  line.setting = "server";
  line.after = membership.wish == Wish::absent
                   ? std::string(to_string(membership.wish))
                   : fmt::format("{} {}", membership.address, membership.options);
  line.verdict = membership.detail;
  return line;
}

std::string_view event_of(Stage stage) {
  static constexpr auto kEvents =
      words_of<Stage>("adding", "added", "joined", "draining", "deleting", "removed", "undoing",
                      "failed", "yielded", "ended");
  return kEvents.of(stage);
}

const Hold* MembershipTurn::hold(Setting aspect) const {
  const Book::Shelf* all = shelf();
  return all == nullptr ? nullptr : all->find(aspect);
}

std::string MembershipTurn::refusal() const {
  std::string text = "HAProxy says: " + printable(done_->answer, 400);
  if (text.find("xperimental") == std::string::npos) return text;
  return text + "; 2.4 and 2.5 add and delete servers only in experimental mode: it takes 2.6";
}

void MembershipTurn::enter(Stage stage, std::string detail) {
  now_.stage = stage;
  now_.detail = std::move(detail);
  now_.since = world_.now;
  now_.sessions.reset();
  now_.attempts = 0;
  now_.next_attempt.reset();
  if (!live(stage)) now_.ended = world_.now;
  now_.served = now_.served || stage == Stage::present;
  AuditRecord line = record_of(event_of(stage), now_, world_.now);
  if (done_ != nullptr) {
    line.command = done_->command;
    line.answer = done_->answer;
    line.duration = done_->duration;
  }
  draft_.record(std::move(line));
  draft_.put(now_);
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
  steps_.push_back({now_.target, Setting::state, std::move(commands), true, now_.id});
}

void MembershipTurn::begin_again(Stage stage) {
  now_.deadline = world_.now + now_.patience;
  enter(stage, "HAProxy was reloaded or restarted");
}

void MembershipTurn::forget_server() {
  const Book::Shelf* all = shelf();
  if (all == nullptr) return;
  const std::vector<Hold> holds = all->holds;
  for (const Hold& each : holds) draft_.drop_hold(now_.target, each.setting);
}

}  // namespace steward::control
