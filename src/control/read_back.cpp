#include "steward/control/read_back.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "steward/control/admission.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/baseline.hpp"
#include "steward/control/effect.hpp"
#include "steward/control/records.hpp"
#include "steward/control/unsettled.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

// Attempts to take a setting back that HAProxy does not do.
constexpr std::uint32_t kReturnAttempts = 20;

constexpr std::array<Setting, 4> kAspects{Setting::state, Setting::weight, Setting::health,
                                          Setting::agent};

// Whether both are one person's, of one setting; or one alert's, which wishes one thing of a
// server.
bool have_one_owner(const Override& a, const Override& b) {
  if (a.origin.kind != b.origin.kind) return false;
  if (a.origin.kind == OwnerKind::alert) return a.origin.fingerprint == b.origin.fingerprint;
  return a.origin.kind == OwnerKind::person && a.origin.principal == b.origin.principal &&
         aspect_of(a.value.setting) == aspect_of(b.value.setting);
}

}  // namespace

ReadBack::ReadBack(Draft& draft, const World& world, const View& view,
                   const std::vector<Done>& done)
    : draft_(draft), world_(world), view_(view), lifecycle_(draft, world) {
  for (const Done& each : done) {
    if (each.subject.kind != Subject::Kind::none) continue;
    if (!each.sent) {
      take_back(each);
      continue;
    }
    done_[each.target][each.aspect] = &each;
    draft_.attend(each.target);
  }
  attend_unsettled(draft_, world_, view_);
}

// What was not told after all is not ours. One that was told before may still come.
void ReadBack::take_back(const Done& left_out) {
  const Book::Shelf* shelf = draft_.book().shelf(left_out.target);
  const Hold* found = shelf == nullptr ? nullptr : shelf->find(left_out.aspect);
  const bool ours = found != nullptr && found->confirmed == Confirmed::no && found->attempts == 0;
  if (!ours || !left_out.seen || found->epoch != view_.epoch()) return;
  Hold hold = *found;
  hold.ours = hold.before = *left_out.seen;
  hold.confirmed = Confirmed::yes;
  draft_.put(std::move(hold));
}

void ReadBack::look() {
  draft_.look(view_, world_.policy.limits);
  look_at_baselines(draft_, world_, view_);
}

const Done* ReadBack::done_for(const ServerRef& target, Setting aspect) const {
  const auto found = done_.find(target);
  if (found == done_.end()) return nullptr;
  const auto each = found->second.find(aspect);
  return each == found->second.end() ? nullptr : each->second;
}

std::vector<ServerRef> ReadBack::busy() const {
  std::vector<ServerRef> all;
  for (const auto* server : draft_.attended(view_.instance())) {
    const auto& [target, shelf] = *server;
    const bool moving = std::ranges::any_of(shelf.live, [](const Override* each) {
      const bool untold = counts(*each) && (each->phase != Phase::active || each->again);
      return untold || each->phase == Phase::releasing;
    });
    const bool returns = std::ranges::any_of(shelf.holds, &Hold::returning);
    if (moving || returns || done_.contains(target)) all.push_back(target);
  }
  std::ranges::sort(all);
  return all;
}

void ReadBack::settle() {
  for (const ServerRef& target : busy()) {
    const ServerState* row = view_.find({target.backend, target.server});
    if (row == nullptr) continue;
    for (const Setting aspect : kAspects) settle(target, *row, aspect);
  }
  done_.clear();
}

ReadBack::Sides ReadBack::sides(const ServerRef& target, Setting aspect) const {
  Sides both;
  const Book::Shelf* shelf = draft_.book().shelf(target);
  for (const Override* each : shelf == nullptr ? Book::Pointers() : shelf->live) {
    if (aspect_of(each->value.setting) != aspect) continue;
    if (counts(*each)) both.wishes.push_back(each);
    if (each->phase == Phase::releasing) both.leaving.push_back(each);
  }
  return both;
}

void ReadBack::settle(const ServerRef& target, const ServerState& row, Setting aspect) {
  const Book::Shelf* shelf = draft_.book().shelf(target);
  const Hold* hold = shelf == nullptr ? nullptr : shelf->find(aspect);
  const Done* done = done_for(target, aspect);
  const bool untold = hold != nullptr && hold->confirmed == Confirmed::no && done != nullptr &&
                      !agrees(hold->ours, row);
  if (untold) return count_attempt(*hold, *done, row);
  const Sides both = sides(target, aspect);
  if (both.wishes.empty() && both.leaving.empty()) return;
  if (agrees(effect_of(shelf, aspect, row), row)) in_force(target, row, aspect, both, done);
}

void ReadBack::in_force(const ServerRef& target, const ServerState& row, Setting aspect,
                        const Sides& both, const Done* done) {
  Hold hold = hold_for(target, row, aspect);
  const bool told_again = both.leaving.empty() && done != nullptr &&
                          std::ranges::all_of(both.wishes, [](const Override* each) {
                            return each->phase == Phase::active;
                          });
  for (const Override* each : both.wishes) {
    const bool news = told_again || each->again || each->phase != Phase::active;
    if (news) lifecycle_.activate(*each, hold, done);
    supersede_older(*draft_.book().find(each->id));
  }
  const Value now = effect_of(draft_.book().shelf(target), aspect, row);
  for (const Override* each : both.leaving) lifecycle_.release(*each, now, done);
  // In maintenance any health agrees: it is told when that ends.
  if (aspect == Setting::health && hold.confirmed != Confirmed::no && hold.ours != now) {
    hold.ours = now;
    hold.confirmed = confirmation(now, row);
    note(hold, now);
  }
  hold.attempts = 0;
  hold.next_attempt.reset();
  if (now != Value{Setting::state, kDrain} || was_checked(row)) hold.returning = false;
  draft_.put(std::move(hold));
}

// Whether a check has said what it is since it left maintenance.
bool ReadBack::was_checked(const ServerState& row) const {
  return row.operational == stats::op_stopped ||
         draft_.book().witness(view_.instance()).fresh({row.backend, row.name});
}

// The same owner's value before, which stayed in force until this one was.
void ReadBack::supersede_older(const Override& override) {
  const Book::Pointers all = draft_.book().shelf(override.target)->live;
  for (const Override* each : all) {
    const bool older = each->id < override.id && each->phase != Phase::releasing &&
                       have_one_owner(*each, override);
    if (older) lifecycle_.end(*each, End::superseded, "superseded by " + override.id);
  }
}

// Its hold; or one for what HAProxy has so already.
Hold ReadBack::hold_for(const ServerRef& target, const ServerState& row, Setting aspect) const {
  const Hold* found = draft_.book().shelf(target)->find(aspect);
  if (found != nullptr) return *found;
  return fresh_hold(draft_.book(), world_, view_, target, row, aspect);
}

void ReadBack::count_attempt(const Hold& was, const Done& done, const ServerState& row) {
  const Sides both = sides(was.target, was.setting);
  for (const auto* list : {&both.wishes, &both.leaving}) {
    for (const Override* each : *list) {
      if (!has_its_way(*each, row)) lifecycle_.count_attempt(*each, done);
    }
  }
  Hold hold = was;
  ++hold.attempts;
  hold.next_attempt = world_.now + pause_after(hold.attempts);
  const std::uint32_t most =
      hold.setting == Setting::agent ? world_.policy.attempts : kReturnAttempts;
  if (hold.attempts >= most && both.wishes.empty()) give_up(hold, both, done, most);
  draft_.put(std::move(hold));
}

// Whether the server is at least as strict as this one wants, although not as all want.
bool ReadBack::has_its_way(const Override& override, const ServerState& row) const {
  if (override.phase != Phase::active) return false;
  const Book::Shelf* shelf = draft_.book().shelf(override.target);
  const Setting aspect = aspect_of(override.value.setting);
  if (loosens(override, baseline_of(shelf, aspect, row), row)) return agrees(override.value, row);
  return !stricter(wanted(override.value, row), observe(aspect, row));
}

// HAProxy does not take it back: said once, and tried again now and then.
void ReadBack::give_up(Hold& hold, const Sides& both, const Done& done, std::uint32_t most) {
  hold.stuck = true;
  for (const Override* each : both.leaving) lifecycle_.fail(*each, done);
  if (hold.attempts > most) return;
  AuditRecord line = record_of(Event::failed, world_.now, hold);
  line.before = to_string(hold.before);
  line.after = to_string(hold.ours);
  line.command = done.command;
  line.answer = done.answer;
  line.verdict =
      fmt::format("HAProxy did not take it back {} times: set it by hand", hold.attempts);
  draft_.record(std::move(line));
}

}  // namespace steward::control
