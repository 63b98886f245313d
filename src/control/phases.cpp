#include "steward/control/phases.hpp"

#include <algorithm>
#include <utility>

#include "steward/control/aspect.hpp"
#include "steward/control/records.hpp"

namespace steward::control {

namespace {

constexpr std::chrono::milliseconds kLongestPause = std::chrono::seconds(30);

}  // namespace

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

AuditRecord Phases::line_of(std::string_view event, const Override& override,
                            Setting aspect) const {
  AuditRecord line = record_of(event, override, world_.now);
  const auto found = done_.find(aspect);
  if (found == done_.end()) return line;
  line.command = found->second->command;
  line.answer = found->second->answer;
  line.duration = found->second->duration;
  return line;
}

void Phases::activate(const Override& override, const Hold& hold) const {
  Override changed = override;
  changed.phase = Phase::active;
  changed.attempts = 0;
  changed.next_attempt.reset();
  if (changed.end == End::none) changed.detail.clear();
  AuditRecord line = line_of("active", changed, hold.setting);
  line.before = to_string(hold.baseline);
  if (line.command.empty()) line.verdict = "HAProxy has it so already";
  draft_.record(std::move(line));
  draft_.put(std::move(changed));
}

void Phases::let_go(const Override& override, const Value& now) const {
  Override changed = override;
  changed.phase = Phase::released;
  changed.ended = world_.now;
  AuditRecord line = line_of(changed.end == End::expired ? "expired" : "released", changed,
                             aspect_of(override.value.setting));
  line.before = to_string(override.value);
  line.after = to_string(now);
  draft_.record(std::move(line));
  draft_.put(std::move(changed));
}

void Phases::yield(const Hold& hold, const Sides& both) const {
  const std::string why =
      fmt::format("somebody else set {} to {}; it was {}", to_string(hold.setting),
                  to_string(observe(hold.setting, server_)), to_string(hold.ours));
  for (const auto* list : {&both.wishes, &both.leaving}) {
    for (const Override* each : *list) {
      Override changed = *each;
      changed.phase = each->phase == Phase::releasing ? Phase::released : Phase::yielded;
      changed.ended = world_.now;
      changed.detail = why;
      AuditRecord line = record_of("yielded", changed, world_.now);
      line.before = to_string(hold.ours);
      line.after = to_string(observe(hold.setting, server_));
      draft_.record(std::move(line));
      draft_.put(std::move(changed));
    }
  }
  draft_.drop_hold(target_, hold.setting);
}

// Whether the server is at least as strict as this one wants, although not as all want.
bool Phases::has_its_way(const Override& override) const {
  if (override.phase != Phase::active) return false;
  if (may_loosen(override)) return agrees(override.value, server_);
  const Setting aspect = override.value.setting;
  return !stricter(wanted(override.value, server_), observe(aspect, server_));
}

// HAProxy was told, and is not as it was told to be.
void Phases::count_attempt(Setting aspect, const Sides& both) const {
  for (const auto* list : {&both.wishes, &both.leaving}) {
    for (const Override* each : *list) {
      if (has_its_way(*each)) continue;
      Override changed = *each;
      ++changed.attempts;
      changed.next_attempt = world_.now + pause_after(changed.attempts);
      const std::string& answer = done_.at(aspect)->answer;
      changed.detail =
          answer.empty() ? "HAProxy did not do it, and did not say why" : "HAProxy says: " + answer;
      // What leaves must go back however long it takes.
      if (changed.phase != Phase::releasing && changed.attempts >= world_.policy.attempts) {
        changed.phase = Phase::failed;
        changed.ended = world_.now;
        draft_.record(line_of("failed", changed, aspect));
      }
      draft_.put(std::move(changed));
    }
  }
}

void Phases::reapplied(const Sides& both, const Hold& hold, std::string_view why) const {
  for (const Override* each : both.wishes) {
    AuditRecord line = record_of("reapplied", *each, world_.now);
    line.before = to_string(hold.baseline);
    line.verdict = why;
    draft_.record(std::move(line));
  }
}

}  // namespace steward::control
