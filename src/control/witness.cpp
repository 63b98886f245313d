#include "steward/control/witness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/control/availability.hpp"
#include "steward/control/recent.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

using limits::kCarriedAge;

// HAProxy tells whole seconds.
constexpr auto kYoung = std::chrono::seconds(2);

std::string text_of(const ServerKey& server) {
  return fmt::format("{}/{}", server.backend, server.server);
}

ServerKey key_of_row(const ServerState& row) { return {row.backend, row.name}; }

bool has_checks(const ServerState& row) { return (row.check_state & stats::check_configured) != 0; }

bool is_running(std::uint32_t check) { return (check & stats::check_in_progress) != 0; }

}  // namespace

Witness::Doubt Witness::doubt_of(const ServerState& row, Time since) {
  const bool initializing = row.check_status <= stats::status_initializing;
  return {since, false, is_running(row.check_state), initializing, row.check_health};
}

void Witness::look(const View& view, const Limits& limits) {
  missed_ = last_ != kept_;
  if (!last_ || last_->epoch() != view.epoch()) {
    begin_epoch(view, limits);
  } else {
    before_ = std::move(last_);
  }
  const auto look_at_row = [&](const ServerState& row, const ServerState* was) {
    if (has_checks(row)) look_at(view, row, was, limits);
    if ((row.agent_state & stats::check_configured) != 0) look_at_agent(view, row, limits);
  };
  if (before_) {
    for_each_with_past(view, *before_, look_at_row);
  } else {
    for (const std::string_view backend : view.backends_unsorted()) {
      for (const ServerState& row : view.backend(backend)) look_at_row(row, nullptr);
    }
  }
  last_ = std::make_shared<const View>(view);
}

void Witness::keep() {
  if (!last_ || kept_ == last_) return;
  kept_ = last_;
  kept_at_ = last_->read_at();
}

const View* Witness::before() const {
  return kept_ && kept_->epoch() == last_->epoch() ? kept_.get() : nullptr;
}

void Witness::begin_epoch(const View& view, const Limits& limits) {
  before_.reset();
  carried_.clear();
  const Time began = view.read_at() - view.uptime();
  // One that was looked at long ago, or by another clock, says nothing.
  const auto since = last_ ? began - last_->read_at() : Time::duration::max();
  hurried_ = (missed_ && hurried_) || (last_ && last_->uptime() <= kYoung);
  if (last_ && since <= kCarriedAge && since >= -kCarriedAge) {
    for_each_with_past(view, *last_, [&](const ServerState& row, const ServerState* was) {
      const bool same = was != nullptr && !has_moved(*was, row);
      if (same && verified(*last_, *this, *was, limits)) carried_.insert(text_of(key_of_row(row)));
    });
  }
  carried_since_ = began;
  doubts_.clear();
  agents_.clear();
  if (!last_ && resumed_epoch_ == view.epoch()) {
    doubts_ = std::move(resumed_);
    for (auto& [server, doubt] : doubts_) doubt.since = view.read_at();
  }
  doubt_the_weak(view, limits);
  doubt_the_untold(view, limits);
}

// A young process may have results of a server-state file, whose age is no proof: a file written in
// the first second of the process before brings what looks like that of this one. An old one has
// them only of servers that it has not checked yet.
void Witness::doubt_the_untold(const View& view, const Limits& limits) {
  const bool young = view.uptime() < limits.verify_after;
  const Time began = view.read_at() - view.uptime();
  for (const std::string_view backend : view.backends_unsorted()) {
    for (const ServerState& row : view.backend(backend)) {
      const ServerFacts facts = view.topology().of(key_of_row(row));
      // No file brings the code or the words of a check.
      const bool told = facts.check_heard && (!young || row.check_status == stats::status_l7_ok);
      const bool initializing = row.check_status <= stats::status_initializing;
      if (has_checks(row) && (initializing || !told)) {
        doubts_.emplace(text_of(key_of_row(row)), doubt_of(row, began));
      }
      const bool silent = runs_agent(row) && (young || !facts.agent_heard);
      if (silent) agents_.emplace(text_of(key_of_row(row)), doubt_of(row, began));
    }
  }
}

// Of one that is UP and not of full health nobody knows whether a check failed, or none has ended
// since it left maintenance.
void Witness::doubt_the_weak(const View& view, const Limits& limits) {
  for (const std::string_view backend : view.backends_unsorted()) {
    for (const ServerState& row : view.backend(backend)) {
      const ServerFacts facts = view.topology().of(key_of_row(row));
      const std::uint32_t full = facts.check_rise + facts.check_fall - 1;
      // With "fall 1" health is full from the beginning; then only time tells.
      const bool young = facts.check_fall <= 1 &&
                         std::chrono::seconds(row.since_last_change) < limits.verify_after &&
                         row.since_last_change < view.uptime().count();
      const bool weak = row.check_health < full || young;
      if (!checked(row) || !row.running() || facts.check_rise == 0 || !weak) continue;
      doubts_.emplace(text_of(key_of_row(row)), doubt_of(row, view.read_at()));
    }
  }
}

// A check that was seen under way, or a first result, or a health that rose, is of this process.
void Witness::look_at(const View& view, const ServerState& row, const ServerState* was,
                      const Limits& limits) {
  const auto begin = [&]() -> Doubt& {
    return doubts_[text_of(key_of_row(row))] = {view.read_at(), false, false, false,
                                                row.check_health};
  };
  // HAProxy does not call the checks of a server that was just added paused, but they are.
  if (!checked(row) || row.in_maint()) {
    begin().paused = true;
    return;
  }
  // A check that is under way may be that of the place before.
  if (was != nullptr && has_moved(*was, row)) {
    begin().outdated = is_running(row.check_state);
    return;
  }
  if (was != nullptr && changed_unseen(view, row, *was)) {
    begin();
    return;
  }
  if (doubts_.empty()) return;
  const auto found = doubts_.find(text_of(key_of_row(row)));
  if (found == doubts_.end()) return;
  Doubt& doubt = found->second;
  const bool running = is_running(row.check_state);
  const bool initializing = row.check_status <= stats::status_initializing;
  const ServerFacts facts = view.topology().of(key_of_row(row));
  // The health of one that just left maintenance is what HAProxy was told to begin with.
  const bool rose = !doubt.paused && row.check_health > doubt.health;
  const bool fell = !doubt.paused && row.check_health < doubt.health;
  const bool ended = (doubt.running && !running) || (doubt.initializing && !initializing);
  // What HAProxy never tells anything of is believed in the end.
  constexpr int kUnheard = 6;
  const auto enough = facts.check_heard ? limits.verify_after : kUnheard * limits.verify_after;
  const bool old_enough = view.read_at() - doubt.since >= enough;
  if (old_enough || (!doubt.outdated && (rose || fell || ended))) {
    doubts_.erase(found);
    return;
  }
  const bool outdated = doubt.outdated && running;
  doubt = {doubt.since, false, running, initializing, row.check_health, outdated};
}

// Whether one that was UP at both looks was something else in between: in maintenance, for example.
bool Witness::changed_unseen(const View& view, const ServerState& row,
                             const ServerState& was) const {
  if (!was.running() || !row.running() || was.admin != row.admin) return false;
  // By HAProxy's own clock, in whole seconds.
  const auto gap = view.uptime() - before_->uptime();
  return row.since_last_change < was.since_last_change ||
         std::chrono::seconds(row.since_last_change + 1) < gap;
}

void Witness::look_at_agent(const View& view, const ServerState& row, const Limits& limits) {
  if (!runs_agent(row)) {
    agents_[text_of(key_of_row(row))] = {view.read_at(), true, false, false, 0};
    return;
  }
  const auto found = agents_.find(text_of(key_of_row(row)));
  if (found == agents_.end()) return;
  const bool running = is_running(row.agent_state);
  if ((found->second.running && !running) ||
      view.read_at() - found->second.since >= limits.verify_after) {
    agents_.erase(found);
    return;
  }
  found->second.running = running;
}

void Witness::resume(Time looked, std::string epoch, std::string_view doubts) {
  kept_at_ = looked;
  resumed_epoch_ = std::move(epoch);
  // What happened to them meanwhile nobody saw: a health that rose may be that of the end of
  // maintenance.
  for (const std::string_view word : split(doubts, ' ')) {
    if (word.find('/') != std::string_view::npos) resumed_[std::string(word)] = {looked, true};
  }
}

std::string Witness::doubts() const {
  std::string text;
  for (const auto& [server, doubt] : doubts_) text += (text.empty() ? "" : " ") + server;
  return text;
}

void Witness::step(std::chrono::milliseconds step) {
  for (auto* all : {&doubts_, &agents_}) {
    for (auto& [server, doubt] : *all) doubt.since += step;
  }
  carried_since_ += step;
  if (kept_at_) *kept_at_ += step;
}

bool Witness::fresh(const ServerKey& server) const {
  return doubts_.empty() || !doubts_.contains(text_of(server));
}

bool Witness::agent_answered(const ServerKey& server) const {
  return agents_.empty() || !agents_.contains(text_of(server));
}

bool Witness::carried(const ServerKey& server, Time now, const Limits& limits) const {
  return carries(now, limits) && carried_.contains(text_of(server));
}

}  // namespace steward::control
