#include "steward/daemon/instance_names.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "steward/base/text.hpp"

namespace steward::daemon {
namespace {

using control::AuditRecord;
using control::Event;

AuditRecord line_about(Event event, const std::string& instance, std::string verdict, Time now) {
  AuditRecord line;
  line.time = now;
  line.event = to_string(event);
  line.target = instance;
  line.verdict = std::move(verdict);
  return line;
}

bool is_of(const control::Rollout& rollout, const std::string& instance) {
  return std::ranges::find(rollout.instances, instance) != rollout.instances.end();
}

void rename(const std::string& from, const std::string& to, ledger::Contents& contents,
            ledger::Batch& batch) {
  for (auto& each : contents.overrides) {
    if (each.target.instance != from) continue;
    each.target.instance = to;
    batch.overrides.push_back(each);
  }
  for (auto& each : contents.holds) {
    if (each.target.instance != from) continue;
    batch.dropped.push_back(each);
    each.target.instance = to;
    batch.holds.push_back(each);
  }
  for (auto& each : contents.memberships) {
    if (each.target.instance != from) continue;
    each.target.instance = to;
    batch.memberships.push_back(each);
  }
  for (auto& each : contents.rollouts) {
    if (!is_of(each, from)) continue;
    std::ranges::replace(each.instances, from, to);
    batch.rollouts.push_back(each);
  }
  if (auto looked = contents.looked.extract(from)) {
    looked.key() = to;
    contents.looked.insert(std::move(looked));
  }
}

void abandon(const std::string& name, ledger::Contents& contents, ledger::Batch& batch, Time now) {
  for (auto& each : contents.overrides) {
    if (each.target.instance != name || !live(each.phase)) continue;
    each.phase = control::Phase::failed;
    each.detail = "its instance was abandoned";
    each.ended = now;
    batch.overrides.push_back(each);
  }
  for (const auto& each : contents.holds) {
    if (each.target.instance == name) batch.dropped.push_back(each);
  }
  std::erase_if(contents.holds, [&](const auto& each) { return each.target.instance == name; });
  for (auto& each : contents.memberships) {
    if (each.target.instance != name || !live(each.stage)) continue;
    each.stage = control::Stage::ended;
    each.detail = "its instance was abandoned";
    each.ended = now;
    batch.memberships.push_back(each);
  }
  for (auto& each : contents.rollouts) {
    if (!is_of(each, name) || !live(each.phase)) continue;
    each.phase = control::RolloutPhase::failed;
    each.detail = fmt::format("its instance {} was abandoned", name);
    each.ended = now;
    batch.rollouts.push_back(each);
  }
}

}  // namespace

std::set<std::string> in_use(const ledger::Contents& contents) {
  std::set<std::string> names;
  for (const auto& each : contents.overrides) {
    if (live(each.phase)) names.insert(each.target.instance);
  }
  for (const auto& each : contents.holds) {
    if (!each.gone && (!each.tombstone || each.ours != each.baseline))
      names.insert(each.target.instance);
  }
  for (const auto& each : contents.memberships) {
    if (live(each.stage)) names.insert(each.target.instance);
  }
  for (const auto& each : contents.rollouts) {
    if (live(each.phase)) names.insert(each.instances.begin(), each.instances.end());
  }
  return names;
}

Result<void> check_names(const InstanceNames& names, const std::set<std::string>& in_use) {
  for (const auto& [from, to] : names.renamed) {
    if (std::ranges::find(names.configured, from) == names.configured.end()) continue;
    return fail(ErrorCode::invalid,
                "instances: {} is renamed_from {}, and {} is configured as well: whose overrides "
                "are those of {}? Take renamed_from out, or rename one after the other",
                printable(to, 64), printable(from, 64), printable(from, 64), printable(from, 64));
  }
  std::vector<std::string> lost;
  for (const std::string& each : in_use) {
    const bool known = std::ranges::find(names.configured, each) != names.configured.end() ||
                       names.renamed.contains(each) || names.abandoned.contains(each);
    if (!known) lost.push_back(printable(each, 64));
  }
  if (lost.empty()) return {};
  return fail(ErrorCode::invalid,
              "instances: the ledger has overrides in force on {}, which is not configured: they "
              "would never end. Write `renamed_from: {}` at the instance that it is now, or "
              "`abandon: [{}]` under storage if that HAProxy is gone",
              fmt::join(lost, ", "), lost.front(), fmt::join(lost, ", "));
}

namespace {

// Whether there is anything of the instance, tombstones included.
bool mentions(const ledger::Contents& contents, const std::string& name) {
  const auto of_it = [&](const auto& each) { return each.target.instance == name; };
  return std::ranges::any_of(contents.overrides, of_it) ||
         std::ranges::any_of(contents.holds, of_it) ||
         std::ranges::any_of(contents.memberships, of_it) ||
         std::ranges::any_of(contents.rollouts,
                             [&](const control::Rollout& each) { return is_of(each, name); });
}

}  // namespace

ledger::Batch settle_names(const InstanceNames& names, ledger::Contents& contents, Time now) {
  ledger::Batch batch;
  const auto known = in_use(contents);
  for (const auto& [from, to] : names.renamed) {
    if (!mentions(contents, from)) continue;
    rename(from, to, contents, batch);
    batch.audit.push_back(
        line_about(Event::renamed, to, fmt::format("it was called {}", from), now));
  }
  for (const std::string& name : names.abandoned) {
    const bool still = std::ranges::find(names.configured, name) != names.configured.end();
    if (still || !known.contains(name)) continue;
    abandon(name, contents, batch, now);
    batch.audit.push_back(line_about(
        Event::abandoned, name, "the configuration abandons it: what was set there stays", now));
  }
  return batch;
}

}  // namespace steward::daemon
