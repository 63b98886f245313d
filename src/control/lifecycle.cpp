#include "steward/control/lifecycle.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "steward/control/effect.hpp"
#include "steward/control/records.hpp"

namespace steward::control {
namespace {

constexpr std::chrono::milliseconds kLongestPause = std::chrono::seconds(30);

void add_done(AuditRecord& line, const Done* done) {
  if (done == nullptr) return;
  line.command = done->command;
  line.answer = done->answer;
  line.duration = done->duration;
}

void clear_attempts(Override& override) {
  override.attempts = 0;
  override.next_attempt.reset();
}

template <class State>
void require_legal(State from, State to, const std::string& id) {
  if (legal(from, to)) return;
  throw std::logic_error(
      fmt::format("{} cannot go from {} to {}", id, to_string(from), to_string(to)));
}

}  // namespace

bool legal(Phase from, Phase to) {
  if (!live(from)) return false;
  if (from != Phase::releasing) return true;
  return to == Phase::releasing || to == Phase::released || to == Phase::failed;
}

bool legal(Stage from, Stage to) {
  if (!live(from)) return false;
  return from != Stage::undoing || !live(to) || to == Stage::undoing;
}

bool legal(RolloutPhase from, RolloutPhase to) {
  if (!live(from)) return false;
  if (from == RolloutPhase::rolling_back) return !live(to) || to == from;
  return from != RolloutPhase::finishing || to != RolloutPhase::paused;
}

std::chrono::milliseconds pause_after(std::uint32_t attempts) {
  constexpr std::uint32_t kMostDoublings = 5;
  if (attempts <= 1) return std::chrono::milliseconds(0);
  const auto pause = std::chrono::seconds(1U << std::min(attempts - 2, kMostDoublings));
  return std::min<std::chrono::milliseconds>(pause, kLongestPause);
}

// What lies further ahead is of before the clock was set back.
bool still_pausing(const std::optional<Time>& next_attempt, Time now) {
  return next_attempt && *next_attempt > now && *next_attempt - now <= kLongestPause;
}

AuditRecord Lifecycle::line(Event event) const {
  AuditRecord made;
  if (caller_ != nullptr) made = record_of(event, world_.now, *caller_);
  made.time = world_.now;
  made.event = to_string(event);
  return made;
}

AuditRecord Lifecycle::line(Event event, const Override& override) const {
  AuditRecord made = line(event);
  made.rule = override.origin.rule;
  made.alert = override.origin.fingerprint;
  made.subject = {Subject::Kind::override, override.id};
  made.target = to_string(override.target);
  made.setting = to_string(override.value.setting);
  made.after = to_string(override.value);
  made.verdict = override.guard == Guard::none
                     ? override.detail
                     : fmt::format("{}: {}", to_string(override.guard), override.detail);
  return made;
}

void Lifecycle::put(Override changed, Phase from) const {
  require_legal(from, changed.phase, changed.id);
  if (!live(changed.phase) && !changed.ended) changed.ended = world_.now;
  if (!live(changed.phase)) changed.suspension.now = false;
  draft_.put(std::move(changed));
}

void Lifecycle::create(Override made, std::string_view verdict) const {
  AuditRecord created = line(made.admitted ? Event::created : Event::deferred, made);
  created.before = present(made, sight_of(world_, made.target.instance));
  if (!made.origin.from_alert()) created.principal = made.origin.principal;
  if (made.admitted && !verdict.empty()) created.verdict = verdict;
  draft_.record(std::move(created));
  draft_.put(std::move(made));
}

void Lifecycle::shadow(const Override& wish) const {
  AuditRecord said = line(Event::shadow, wish);
  said.before = present(wish, sight_of(world_, wish.target.instance));
  draft_.record(std::move(said));
}

void Lifecycle::renew(Override changed, std::string_view verdict) const {
  AuditRecord renewed = line(Event::renewed, changed);
  if (!verdict.empty()) renewed.verdict = verdict;
  draft_.record(std::move(renewed));
  const Phase from = changed.phase;
  put(std::move(changed), from);
}

void Lifecycle::admit(const Override& override) const {
  Override changed = override;
  changed.admitted = world_.now;
  changed.guard = Guard::none;
  changed.detail.clear();
  AuditRecord admitted = line(Event::admitted, changed);
  admitted.before = present(changed, sight_of(world_, changed.target.instance));
  draft_.record(std::move(admitted));
  put(std::move(changed), override.phase);
}

void Lifecycle::defer(const Override& override, const Refusal& refusal) const {
  Override changed = override;
  changed.phase = Phase::pending;
  changed.admitted.reset();
  changed.again = false;
  changed.guard = refusal.guard;
  clear_attempts(changed);
  const bool same = override.guard == refusal.guard && waits(override);
  // Of a spacing the numbers change with every look.
  if (same && (override.detail == refusal.detail || refusal.guard == Guard::spacing)) return;
  changed.detail = refusal.detail;
  if (!same) draft_.record(line(Event::deferred, changed));
  put(std::move(changed), override.phase);
}

void Lifecycle::reject(const Override& override, const Refusal& refusal) const {
  Override changed = override;
  changed.phase = Phase::rejected;
  changed.guard = refusal.guard;
  changed.detail = refusal.detail;
  draft_.record(line(Event::rejected, changed));
  put(std::move(changed), override.phase);
}

void Lifecycle::resolve_later(const Override& override) const {
  Override changed = override;
  changed.end = End::resolved;
  changed.detail =
      fmt::format("its alert is resolved; it is held until {}", format_time(override.hold_until));
  draft_.record(line(Event::resolved, changed));
  put(std::move(changed), override.phase);
}

// What one alert makes of a server is one wish to everybody else, while the old value of its rule
// is in force and the new one waits. What is about to end has nothing to do with what it made
// since.
std::vector<std::string> Lifecycle::beside(const Override& override) const {
  std::vector<std::string> ids;
  const Book::Shelf* shelf = draft_.book().shelf(override.target);
  const bool ends = override.phase == Phase::releasing;
  if (shelf == nullptr || ends || !override.origin.from_alert()) return ids;
  for (const Override* each : shelf->live) {
    const bool same = each->origin.from_alert() && each->id != override.id &&
                      each->origin.fingerprint == override.origin.fingerprint;
    if (same && each->phase != Phase::releasing) ids.push_back(each->id);
  }
  return ids;
}

void Lifecycle::end(const Override& override, End end, const std::string& why) const {
  const auto others = end == End::asked ? beside(override) : std::vector<std::string>();
  end_one(override, end, why);
  for (const std::string& id : others) end_one(*draft_.book().find(id), end, why);
}

void Lifecycle::end_one(const Override& override, End end, std::string why) const {
  Override changed = override;
  changed.end = end;
  changed.detail = std::move(why);
  // What was in force once is taken back, though it may be suspended or held by now.
  const bool known =
      override.admitted || (override.in_force && override.guard != Guard::unknown_server);
  changed.phase = known ? Phase::releasing : Phase::released;
  changed.guard = Guard::none;
  changed.suspension.now = false;
  clear_attempts(changed);
  if (end == End::asked) {
    changed.ended_by = caller_ == nullptr ? override.origin.principal : caller_->principal.name;
  }
  AuditRecord ending = line(known ? Event::releasing : Event::withdrawn, changed);
  ending.after.clear();
  ending.before = present(override, sight_of(world_, override.target.instance));
  const bool by_itself = known && caller_ == nullptr && end != End::asked;
  if (!by_itself) draft_.record(std::move(ending));
  put(std::move(changed), override.phase);
}

void Lifecycle::activate(const Override& override, const Hold& hold, const Done* done) const {
  Override changed = override;
  changed.phase = Phase::active;
  changed.guard = Guard::none;
  changed.again = false;
  clear_attempts(changed);
  if (!changed.in_force) changed.in_force = world_.now;
  if (changed.end == End::none) changed.detail.clear();
  AuditRecord active = line(Event::active, changed);
  add_done(active, done);
  active.before = to_string(hold.baseline);
  if (active.command.empty()) active.verdict = "HAProxy has it so already";
  draft_.record(std::move(active));
  put(std::move(changed), override.phase);
}

void Lifecycle::reapply(const Override& override, const Hold& hold, std::string_view why) const {
  AuditRecord again = line(Event::reapplied, override);
  again.before = to_string(hold.baseline);
  again.verdict = why;
  draft_.record(std::move(again));
}

void Lifecycle::release(const Override& override, const Value& now, const Done* done) const {
  Override changed = override;
  changed.phase = Phase::released;
  changed.guard = Guard::none;
  AuditRecord released =
      line(changed.end == End::expired ? Event::expired : Event::released, changed);
  add_done(released, done);
  released.before = to_string(override.value);
  released.after = to_string(now);
  draft_.record(std::move(released));
  put(std::move(changed), override.phase);
}

void Lifecycle::yield(const Override& override, const Value& before, const Value& after,
                      std::string_view who) const {
  const auto others = beside(override);
  yield_one(override, before, after, who);
  for (const std::string& id : others) yield_one(*draft_.book().find(id), before, after, who);
}

void Lifecycle::yield_one(const Override& override, const Value& before, const Value& after,
                          std::string_view who) const {
  Override changed = override;
  changed.phase = override.phase == Phase::releasing ? Phase::released : Phase::yielded;
  changed.guard = Guard::none;
  changed.suspension.now = false;
  changed.detail = fmt::format("{} set {} to {}; it was {}", who, to_string(before.setting),
                               to_string(after), to_string(before));
  AuditRecord yielded = line(Event::yielded, changed);
  yielded.before = to_string(before);
  yielded.after = to_string(after);
  draft_.record(std::move(yielded));
  put(std::move(changed), override.phase);
}

void Lifecycle::count_attempt(const Override& override, const Done& done) const {
  Override changed = override;
  ++changed.attempts;
  changed.next_attempt = world_.now + pause_after(changed.attempts);
  changed.detail = done.answer.empty() ? "HAProxy did not do it, and did not say why"
                                       : "HAProxy says: " + done.answer;
  // What leaves must go back however long it takes: the hold counts that.
  if (changed.phase != Phase::releasing && changed.attempts >= world_.policy.attempts) {
    changed.phase = Phase::failed;
    AuditRecord failed = line(Event::failed, changed);
    add_done(failed, &done);
    draft_.record(std::move(failed));
  }
  put(std::move(changed), override.phase);
}

void Lifecycle::fail(const Override& override, const Done& done) const {
  Override changed = override;
  changed.phase = Phase::failed;
  changed.detail = "HAProxy does not take it back: " +
                   (done.answer.empty() ? "it does not say why" : done.answer);
  AuditRecord failed = line(Event::failed, changed);
  add_done(failed, &done);
  draft_.record(std::move(failed));
  put(std::move(changed), override.phase);
}

void Lifecycle::lose(const Override& override) const {
  Override changed = override;
  changed.detail = "HAProxy has no such server any more";
  if (changed.phase == Phase::releasing) {
    changed.phase = Phase::released;
  } else {
    changed.phase = Phase::pending;
    changed.guard = Guard::unknown_server;
    changed.admitted.reset();
  }
  draft_.record(line(Event::gone, changed));
  put(std::move(changed), override.phase);
}

void Lifecycle::hold_back(const Override& override, const Refusal& refusal) const {
  if (override.guard == refusal.guard && override.detail == refusal.detail) return;
  Override changed = override;
  changed.guard = refusal.guard;
  changed.detail = refusal.detail;
  if (override.guard != refusal.guard) draft_.record(line(Event::held, changed));
  put(std::move(changed), override.phase);
}

void Lifecycle::suspend(const Override& override, const Refusal& why) const {
  Override changed = override;
  changed.phase = Phase::pending;
  changed.admitted.reset();
  changed.again = false;
  changed.guard = why.guard;
  changed.detail = why.detail;
  ++changed.suspension.times;
  changed.suspension.now = true;
  changed.suspension.calm_since.reset();
  clear_attempts(changed);
  draft_.record(line(Event::suspended, changed));
  put(std::move(changed), override.phase);
}

void Lifecycle::unsuspend(const Override& override) const {
  Override changed = override;
  changed.suspension.now = false;
  changed.suspension.calm_since.reset();
  changed.guard = Guard::none;
  changed.detail.clear();
  draft_.record(line(Event::unsuspended, changed));
  put(std::move(changed), override.phase);
}

void Lifecycle::change_value(const Override& override, const Value& value) const {
  Override changed = override;
  changed.value = value;
  if (changed.phase == Phase::active) changed.phase = Phase::pending;
  put(std::move(changed), override.phase);
}

std::string Lifecycle::rederive(const Override& override, const Rule& rule) const {
  Override made = override;
  made.value = rule.set;
  made.phase = Phase::pending;
  made.admitted.reset();
  made.again = false;
  made.guard = Guard::none;
  made.detail = fmt::format("rule {} sets {} now", rule.name, to_string(rule.set));
  if (!waits(override)) {
    made.id = world_.new_id();
    made.created = world_.now;
    made.in_force.reset();
  }
  if (!takes_out(rule.set)) made.suspension = {};
  AuditRecord said = line(Event::rederived, made);
  said.before = to_string(override.value);
  draft_.record(std::move(said));
  std::string id = made.id;
  draft_.put(std::move(made));
  return id;
}

}  // namespace steward::control
