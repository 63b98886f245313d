// Lifecycle: memberships and rollouts.
#include <stdexcept>
#include <utility>

#include "steward/control/lifecycle.hpp"
#include "steward/control/records.hpp"

namespace steward::control {
namespace {

Event event_of_stage(Stage stage) {
  static constexpr std::array<Event, 10> kEvents{
      Event::adding,  Event::added,   Event::joined, Event::draining, Event::deleting,
      Event::removed, Event::undoing, Event::failed, Event::yielded,  Event::ended};
  return kEvents.at(static_cast<std::size_t>(stage));
}

template <class State>
void require_way(State from, State to, const std::string& id) {
  if (legal(from, to)) return;
  throw std::logic_error(
      fmt::format("{} cannot go from {} to {}", id, to_string(from), to_string(to)));
}

}  // namespace

AuditRecord Lifecycle::line(Event event, const Membership& membership) const {
  AuditRecord made = line(event);
  if (made.principal.empty()) made.principal = membership.principal;
  made.subject = {Subject::Kind::membership, membership.id};
  made.target = to_string(membership.target);
  made.setting = "server";
  made.after = membership.wish == Wish::absent
                   ? std::string(to_string(membership.wish))
                   : fmt::format("{} {}", membership.address, membership.options);
  made.verdict = membership.detail;
  return made;
}

AuditRecord Lifecycle::line(Event event, const Rollout& rollout) const {
  AuditRecord made = line(event);
  if (made.principal.empty()) made.principal = rollout.principal;
  made.subject = {Subject::Kind::rollout, rollout.id};
  made.target = rollout.backend;
  made.setting = "rollout";
  made.after = to_string(rollout.phase);
  made.verdict = rollout.detail;
  return made;
}

void Lifecycle::begin(Membership made) const {
  AuditRecord began = line(event_of_stage(made.stage), made);
  began.verdict = made.reason;
  draft_.record(std::move(began));
  draft_.put(std::move(made));
}

void Lifecycle::end_replaced(const Membership& by) const {
  const Membership* found = draft_.book().standing_of(by.target);
  if (found == nullptr || found->id == by.id) return;
  Membership replaced = *found;
  enter(replaced, Stage::ended,
        fmt::format("somebody {} it: {}", by.wish == Wish::absent ? "removed" : "added", by.id));
}

void Lifecycle::enter(Membership& membership, Stage stage, std::string detail,
                      const Done* done) const {
  require_way(membership.stage, stage, membership.id);
  if (stands(stage)) end_replaced(membership);
  membership.stage = stage;
  membership.detail = std::move(detail);
  membership.since = world_.now;
  membership.sessions.reset();
  membership.attempts = 0;
  membership.next_attempt.reset();
  membership.let_in = false;
  if (!live(stage)) membership.ended = world_.now;
  membership.served = membership.served || stage == Stage::present;
  AuditRecord entered = line(event_of_stage(stage), membership);
  if (done != nullptr) {
    entered.command = done->command;
    entered.answer = done->answer;
    entered.duration = done->duration;
  }
  draft_.record(std::move(entered));
  draft_.put(membership);
}

void Lifecycle::record(const Rollout& rollout, Event event, std::string_view verdict) const {
  AuditRecord said = line(event, rollout);
  said.verdict = verdict;
  draft_.record(std::move(said));
  draft_.put(rollout);
}

void Lifecycle::enter(Rollout& rollout, RolloutPhase phase, Event event, std::string detail) const {
  require_way(rollout.phase, phase, rollout.id);
  rollout.phase = phase;
  rollout.detail = std::move(detail);
  if (!live(phase)) rollout.ended = world_.now;
  draft_.record(line(event, rollout));
  draft_.put(rollout);
}

void Lifecycle::step(const Rollout& rollout, const RolloutStep& step) const {
  AuditRecord said = line(Event::rollout_step, rollout);
  const bool joins = step.stage == StepStage::adding || step.out.empty();
  said.target = fmt::format("{}/{}", rollout.backend, joins ? step.in : step.out);
  said.after = to_string(step.stage);
  said.verdict = step.detail;
  draft_.record(std::move(said));
}

}  // namespace steward::control
