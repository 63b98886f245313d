// What a look at HAProxy says of the holds.
#include <algorithm>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/availability.hpp"
#include "steward/control/baseline.hpp"
#include "steward/control/effect.hpp"
#include "steward/control/evidence.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/recent.hpp"
#include "steward/control/records.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

// What HAProxy does not take back is tried again so often.
constexpr auto kTriedAgain = std::chrono::minutes(10);

ServerState configured_row(ServerState row) {
  row.admin &= ~static_cast<std::uint32_t>(stats::forced_maint | stats::forced_drain);
  if ((row.admin & stats::config_maint) != 0) row.admin |= stats::forced_maint;
  row.user_weight = row.initial_weight;
  if ((row.check_state & stats::check_configured) != 0) row.check_state |= stats::check_enabled;
  if ((row.agent_state & stats::check_configured) != 0) row.agent_state |= stats::check_enabled;
  return row;
}

// One look at all servers of an instance.
class Look {
 public:
  Look(Draft& draft, const World& world, const View& view)
      : draft_(draft),
        world_(world),
        view_(view),
        witness_(draft.book().witness(view.instance())),
        lifecycle_(draft, world) {}

  void run() {
    std::vector<std::pair<const ServerState*, const Book::Shelf*>> known;
    for (const auto* server : draft_.attended(view_.instance())) {
      const auto& [target, shelf] = *server;
      const ServerState* row = view_.find({target.backend, target.server});
      if (row != nullptr && !shelf.holds.empty()) known.emplace_back(row, &shelf);
    }
    for (const auto& [row, shelf] : known) look_at(*row, *shelf);
    if (witness_.before() != nullptr) {
      note_changes_by_hand(*witness_.before());
    } else {
      note_what_is_not_configured();
    }
  }

 private:
  // The shelf may be gone once its holds are.
  void look_at(const ServerState& row, const Book::Shelf& shelf) {
    for (const Hold& each : std::vector<Hold>(shelf.holds)) {
      if (each.gone && is_another(each)) {
        if (!is_in(each.target, Stage::adding))
          begin_anew(each, row);  // it is not known to be ours
        continue;
      }
      const bool news = each.gone || each.epoch != view_.epoch() ||
                        each.confirmed != Confirmed::yes || !agrees(each.ours, row) || each.stuck;
      if (!news) continue;
      if (each.epoch != view_.epoch()) {
        enter_process(each, row);
      } else {
        compare(each, row);
      }
    }
  }

  // Nothing of it is ours but what the name had before: a file may still bring that back.
  void begin_anew(const Hold& was, const ServerState& row) {
    if (was.setting == Setting::agent) return draft_.drop_hold(was.target, was.setting);
    Hold hold = fresh_hold(draft_.book(), world_, view_, was.target, row, was.setting);
    hold.stood = was.stood;
    note(hold, hold.ours);
    hold.tombstone = was.tombstone;
    draft_.put(std::move(hold));
  }

  // Whether the server that is back under the name has nothing of the deleted one's: it was added
  // at runtime.
  [[nodiscard]] bool is_another(const Hold& hold) const {
    const Membership* membership = draft_.book().membership_of(hold.target);
    const bool added = membership != nullptr && membership->wish == Wish::present;
    return hold.epoch == view_.epoch() || added;
  }

  [[nodiscard]] Book::Pointers wishes_of(const Hold& hold) const {
    Book::Pointers all;
    const Book::Shelf* shelf = draft_.book().shelf(hold.target);
    if (shelf == nullptr) return all;
    for (const Override* each : shelf->live) {
      if (aspect_of(each->value.setting) == hold.setting) all.push_back(each);
    }
    return all;
  }

  // --- another process of HAProxy ---

  void enter_process(const Hold& was, const ServerState& row) {
    Hold hold = was;
    const Value seen = observe(hold.setting, row);
    const Value by_configuration = configured(hold.setting, row);
    const Book::Pointers wishes = wishes_of(hold);
    const bool wished =
        std::ranges::any_of(wishes, [](const Override* each) { return counts(*each); });
    const Evidence evidence(world_, view_, was, row, witness_, wished);
    const bool doubted = hold.unclear && evidence.file_used();
    const Verdict verdict =
        is_in(hold.target, Stage::joining) ? Verdict{hold.baseline, false} : evidence.verdict();
    const bool was_unclear = hold.unclear;
    hold.unclear = verdict.unclear || doubted;
    hold.baseline = verdict.baseline;
    hold.configured = by_configuration.level;
    hold.by =
        same_class(hold.baseline, by_configuration) ? Provenance::configured : Provenance::person;
    hold.ours = seen;
    hold.before = seen;
    hold.confirmed = Confirmed::yes;
    hold.returning = false;
    hold.epoch = view_.epoch();
    hold.attempts = 0;
    hold.next_attempt.reset();
    hold.stuck = hold.gone = false;
    note(hold, seen);
    if (hold.unclear && !was_unclear) say_unclear(hold, wished);
    if (wishes.empty() && !same_class(hold.baseline, seen)) say_undone(hold);
    draft_.put(std::move(hold));
    if (evidence.edited()) overtake(wishes, was.baseline, by_configuration, row);
    for (const Override* each : wishes_of(was)) {
      if (!counts(*each) || !each->in_force) continue;
      Override changed = *each;
      changed.again = !each->again;  // else it was not in force in the process before
      draft_.put(std::move(changed));
    }
  }

  // A person's wish that tightened would loosen what is stricter now: whoever changed the
  // configuration came last.
  void overtake(const Book::Pointers& wishes, const Value& was, const Value& now,
                const ServerState& row) {
    for (const Override* each : wishes) {
      if (!live(each->phase)) continue;
      const Value value = wanted(each->value, row);
      const bool person = each->origin.kind == OwnerKind::person;
      if (person && stricter(now, value) && !stricter(was, value)) {
        lifecycle_.yield(*each, was, now, "the configuration");
      }
    }
  }

  void say_undone(const Hold& hold) {
    AuditRecord line = record_of(Event::undone, world_.now, hold);
    line.before = to_string(hold.ours);
    line.after = to_string(hold.baseline);
    line.verdict = "a file brought back what nobody wishes any more: it is undone";
    draft_.record(std::move(line));
  }

  [[nodiscard]] bool is_in(const ServerRef& target, Stage stage) const {
    const Membership* membership = draft_.book().membership_of(target);
    return membership != nullptr && membership->stage == stage;
  }

  void say_unclear(const Hold& hold, bool wished) {
    AuditRecord line = record_of(Event::unclear, world_.now, hold);
    line.before = to_string(hold.baseline);
    line.after = to_string(hold.ours);
    const std::string then =
        wished ? fmt::format("it goes to {} when its overrides end", to_string(hold.baseline))
               : "it is left as it is";
    line.verdict = fmt::format(
        "HAProxy was restarted and does not tell whose this is: {}; `ready` or `adopt` settles it",
        then);
    draft_.record(std::move(line));
  }

  // --- the same process ---

  void compare(const Hold& was, const ServerState& row) {
    Hold hold = was;
    if (agrees(hold.ours, row)) {
      hold.confirmed = confirmation(hold.ours, row);
      hold.stuck = false;
      if (hold != was) draft_.put(std::move(hold));
      return;
    }
    if (hold.stuck) return try_again(std::move(hold));
    if (is_undone(hold, row)) return;
    if (hold.confirmed == Confirmed::no && is_not_taken(hold, row)) return forget_late(hold, row);
    if (is_off(hold.ours) && is_off(observe(hold.setting, row))) return follow(hold, row);
    if (hold.setting == Setting::agent) return follow_agent(hold, row);
    if (runs_agent(row) && hold.setting != Setting::health) return follow_agent(hold, row);
    if (is_of_record(row, hold.setting)) return follow(hold, row);
    change_by_hand(std::move(hold), row);
  }

  void try_again(Hold hold) {
    if (recent(hold.since, world_.now, kTriedAgain)) return;
    hold.stuck = false;
    hold.next_attempt.reset();
    draft_.put(std::move(hold));
  }

  // As it was before it was told; or its checks are off: HAProxy did not do the rest, or nothing.
  static bool is_not_taken(const Hold& hold, const ServerState& row) {
    const bool off = hold.setting == Setting::health && is_off(observe(Setting::health, row));
    return off || agrees(hold.before, row);
  }

  // It was told, and is as it was: it is told again, or may still come. Later it never will.
  void forget_late(Hold hold, const ServerState& row) {
    const bool idle = wishes_of(hold).empty() && agrees(hold.baseline, row);
    if (!idle || recent(hold.since, world_.now, limits::kComesLate)) return;
    hold.ours = observe(hold.setting, row);
    hold.confirmed = Confirmed::yes;
    draft_.put(std::move(hold));
  }

  // A health that does not come from checks: up, stopping, down and frozen are one value to whoever
  // asks whose it is.
  static bool is_off(const Value& value) {
    return value.setting == Setting::health && value.level != kByChecks;
  }

  // A pinned health that a late check, or the end of maintenance, undid: it is told again. No check
  // turns the checks on.
  [[nodiscard]] bool is_undone(const Hold& hold, const ServerState& row) const {
    return is_off(hold.ours) && is_off(observe(hold.setting, row)) && !wishes_of(hold).empty();
  }

  // A weight that DNS sets is no person's.
  static bool is_of_record(const ServerState& row, Setting aspect) {
    return aspect == Setting::weight && !row.srv_record.empty();
  }

  // Nobody wishes anything of it: it is as it is seen.
  void follow(Hold hold, const ServerState& row) {
    hold.baseline = hold.ours = hold.before = observe(hold.setting, row);
    hold.confirmed = Confirmed::yes;
    draft_.put(std::move(hold));
  }

  // While an agent runs, its weights are no person's: overrides are told again, nothing yields.
  void follow_agent(Hold hold, const ServerState& row) {
    const Value seen = observe(hold.setting, row);
    hold.confirmed = Confirmed::yes;
    hold.ours = hold.before = seen;
    if (hold.setting != Setting::agent) hold.by = Provenance::agent;
    hold.baseline = seen;
    draft_.put(std::move(hold));
  }

  void change_by_hand(Hold hold, const ServerState& row) {
    const Value was = hold.ours, now = observe(hold.setting, row);
    say_by_hand(hold.target, was, now);
    overrule(hold, was, now, row);
    hold.baseline = hold.ours = hold.before = now;
    hold.by = same_class(now, configured(hold.setting, row)) ? Provenance::configured
                                                             : Provenance::person;
    hold.confirmed = Confirmed::yes;
    hold.returning = false;
    hold.unclear = false;
    hold.attempts = 0;
    hold.next_attempt.reset();
    note(hold, now);
    draft_.put(std::move(hold));
  }

  // Those that count and are stricter than what the person set yield; and so do other
  // persons' that are looser, for they would loosen it: the last person wins. One that is newer
  // than the look before has not been told yet: the change may be older, and is what the wish
  // stands on.
  void overrule(const Hold& hold, const Value& was, const Value& now, const ServerState& row) {
    for (const Override* each : wishes_of(hold)) {
      if (is_news(*each) || !live(each->phase)) continue;
      const Value value = wanted(each->value, row);
      const bool frozen = value == Value{Setting::health, kFrozen};
      const bool looser =
          stricter(now, value) && (each->origin.kind == OwnerKind::person || frozen);
      const bool undone = stricter(value, now) && (counts(*each) || !stricter(value, was));
      if (each->phase == Phase::releasing || undone || looser) {
        lifecycle_.yield(*each, was, now);
      }
    }
  }

  [[nodiscard]] bool is_news(const Override& wish) const {
    const auto looked = witness_.looked_before();
    return !wish.in_force && looked && wish.created > *looked;
  }

  // --- servers without a hold ---

  void note_changes_by_hand(const View& before) {
    for_each_with_past(view_, before, [&](const ServerState& now, const ServerState* was) {
      const bool same =
          was == nullptr || (now.admin == was->admin && now.user_weight == was->user_weight &&
                             now.check_state == was->check_state);
      if (!same) note_change(now, *was);
    });
  }

  // The first look: nobody but another can have changed what we hold nothing of.
  void note_what_is_not_configured() {
    for (const std::string_view backend : view_.backends_unsorted()) {
      for (const ServerState& row : view_.backend(backend)) note_change(row, configured_row(row));
    }
  }

  void note_change(const ServerState& row, const ServerState& past) {
    const ServerRef target{view_.instance(), std::string(row.backend), std::string(row.name)};
    // What is done to a server in the process that it was added to is ours.
    const Membership* membership = draft_.book().membership_of(target);
    if (membership != nullptr && membership->epoch == view_.epoch()) return;
    const Book::Shelf* shelf = draft_.book().shelf(target);
    for (const Setting aspect : kComposed) {
      const Value was = observe(aspect, past), now = observe(aspect, row);
      const bool agents = runs_agent(row) || runs_agent(past);
      const bool telling =
          aspect != Setting::health || was.level == kByChecks || now.level == kByChecks;
      if (was == now || agents || !telling || is_of_record(row, aspect)) continue;
      if (shelf != nullptr && shelf->find(aspect) != nullptr) continue;
      note_by_hand(target, row, was, now);
      shelf = draft_.book().shelf(target);
    }
  }

  void note_by_hand(const ServerRef& target, const ServerState& row, const Value& was,
                    const Value& now) {
    Hold hold;
    hold.target = target;
    hold.setting = now.setting;
    hold.baseline = hold.ours = was;
    note(hold, was);
    // At the first look the change is older than anything that was wished since.
    if (witness_.before() != nullptr) overrule(hold, was, now, row);
    hold.baseline = hold.ours = hold.before = now;
    note(hold, now);
    hold.by =
        same_class(now, configured(now.setting, row)) ? Provenance::configured : Provenance::person;
    hold.configured = configured(now.setting, row).level;
    hold.confirmed = Confirmed::yes;
    hold.since = world_.now;
    hold.epoch = view_.epoch();
    hold.tombstone = world_.now;
    say_by_hand(target, was, now);
    draft_.put(std::move(hold));
  }

  void say_by_hand(const ServerRef& target, const Value& was, const Value& now) {
    AuditRecord line;
    line.time = world_.now;
    line.event = to_string(Event::by_hand);
    line.target = to_string(target);
    line.setting = to_string(now.setting);
    line.before = to_string(was);
    line.after = to_string(now);
    line.verdict = "somebody else set it, at HAProxy itself";
    draft_.record(std::move(line));
  }

  Draft& draft_;
  const World& world_;
  const View& view_;
  const Witness& witness_;
  const Lifecycle lifecycle_;
};

}  // namespace

void look_at_baselines(Draft& draft, const World& world, const View& view) {
  Look(draft, world, view).run();
}

}  // namespace steward::control
