// The only code that moves an override, a membership or a rollout from one state to another: each
// move changes the state and writes the line of the audit, in one place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/event.hpp"
#include "steward/control/hold.hpp"
#include "steward/control/step.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// Whether an override may go from one phase to the other. What has ended never moves again.
[[nodiscard]] bool legal(Phase from, Phase to);
[[nodiscard]] bool legal(Stage from, Stage to);
[[nodiscard]] bool legal(RolloutPhase from, RolloutPhase to);

// Writes to the draft; all that is referred to must outlive it. A move that is not legal throws
// std::logic_error: the decision is broken off, and nothing of it is kept.
class Lifecycle {
 public:
  // `caller` is null when the steward acts by itself.
  Lifecycle(Draft& draft, const World& world, const Caller* caller = nullptr)
      : draft_(draft), world_(world), caller_(caller) {}

  // --- overrides ---

  // Puts a new override into the book: created if it is admitted, else deferred.
  void create(Override made, std::string_view verdict = {}) const;
  // Says what a rule in shadow mode would have done; nothing stays.
  void shadow(const Override& wish) const;
  void renew(Override changed, std::string_view verdict = {}) const;
  // Guards and gate let it pass.
  void admit(const Override& override) const;
  // A guard, or the gate, holds it: it counts nowhere. Says so once for each guard.
  void defer(const Override& override, const Refusal& refusal) const;
  void reject(const Override& override, const Refusal& refusal) const;
  // Its alert is resolved, but it is held for its min_hold.
  void resolve_later(const Override& override) const;
  // Its end has come: withdrawn if HAProxy never heard of it, else releasing.
  void end(const Override& override, End end, const std::string& why) const;
  // HAProxy has it.
  void activate(const Override& override, const Hold& hold, const Done* done) const;
  // It is told again, by another process or because something undid it.
  void reapply(const Override& override, const Hold& hold, std::string_view why) const;
  // The way back is done; `now` was read back.
  void release(const Override& override, const Value& now, const Done* done) const;
  // Somebody else set the setting from `before` to `after`, and theirs stays.
  void yield(const Override& override, const Value& before, const Value& after,
             std::string_view who = "somebody else") const;
  // HAProxy was told and did not do it; after Policy::attempts it failed.
  void count_attempt(const Override& override, const Done& done) const;
  // HAProxy does not take it back.
  void fail(const Override& override, const Done& done) const;
  // HAProxy has the server no more.
  void lose(const Override& override) const;
  // What it asks for would break the floor: a way back to a stricter baseline, the next level of a
  // ramp, what is told again after a restart. It stays as it is, and says so once.
  void hold_back(const Override& override, const Refusal& refusal) const;
  void suspend(const Override& override, const Refusal& why) const;
  void unsuspend(const Override& override) const;
  // The value in its place changes: a ramp, a drain that becomes maintenance.
  void change_value(const Override& override, const Value& value) const;
  // Its rule sets another value now, which is judged anew: in its place if it waits; else beside
  // it, for what is in force stays until the new value is. Returns the id of what is judged.
  std::string rederive(const Override& override, const Rule& rule) const;

  // --- memberships and rollouts ---

  // Begins one, with its reason as the verdict. One that stands about the same server lives on,
  // and decides again if this one ends without ever standing.
  void begin(Membership made) const;
  void enter(Membership& membership, Stage stage, std::string detail = {},
             const Done* done = nullptr) const;
  // Records the event with the rollout's phase as it is, and puts it.
  void record(const Rollout& rollout, Event event, std::string_view verdict) const;
  void enter(Rollout& rollout, RolloutPhase phase, Event event, std::string detail = {}) const;
  // A step of it has got to another stage. Only the line: the rollout is put by who holds it.
  void step(const Rollout& rollout, const RolloutStep& step) const;

 private:
  [[nodiscard]] AuditRecord line(Event event) const;
  [[nodiscard]] AuditRecord line(Event event, const Override& override) const;
  [[nodiscard]] AuditRecord line(Event event, const Membership& membership) const;
  [[nodiscard]] AuditRecord line(Event event, const Rollout& rollout) const;
  [[nodiscard]] std::vector<std::string> beside(const Override& override) const;
  void end_one(const Override& override, End end, std::string why) const;
  void end_replaced(const Membership& by) const;
  void yield_one(const Override& override, const Value& before, const Value& after,
                 std::string_view who) const;
  void put(Override changed, Phase from) const;

  Draft& draft_;
  const World& world_;
  const Caller* caller_;
};

// Until the attempt after `attempts` that failed: none after the first, then 1 s, 2 s … 30 s.
[[nodiscard]] std::chrono::milliseconds pause_after(std::uint32_t attempts);
[[nodiscard]] bool still_pausing(const std::optional<Time>& next_attempt, Time now);

}  // namespace steward::control
