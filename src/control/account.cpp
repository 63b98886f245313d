#include "steward/control/account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "steward/control/aspect.hpp"
#include "steward/control/availability.hpp"
#include "steward/control/baseline.hpp"
#include "steward/control/effect.hpp"
#include "steward/control/records.hpp"

namespace steward::control {
namespace {

using stats::ServerState;

constexpr std::array kTold{Setting::state, Setting::weight, Setting::health, Setting::agent};

std::string joined(std::string first, const std::string& second, std::string_view between) {
  if (first.empty() || second.empty()) return first + second;
  return std::move(first) + std::string(between) + second;
}

// "drain", "weight 0".
std::string words_of_value(const Value& value) {
  const std::string level = to_string(value);
  return value.setting == Setting::state ? level
                                         : fmt::format("{} {}", to_string(value.setting), level);
}

std::string_view whose(Provenance by) {
  switch (by) {
    case Provenance::configured:
      return "HAProxy's configuration";
    case Provenance::agent:
      return "its agent";
    case Provenance::person:
      break;
  }
  return "somebody at HAProxy itself";
}

// The verb that says that a setting is to be as configured.
std::string_view undoing(Setting setting) {
  if (setting == Setting::state) return "ready";
  return setting == Setting::weight ? "weight default" : "health auto";
}

// "drain held by 01J…, rule Sick, until 2026-…: new disk".
std::string held_by(const Override& override) {
  std::string text = fmt::format("{} held by {}, {}", words_of_value(override.value), override.id,
                                 owner_of(override));
  if (override.expires) text += ", until " + format_time(*override.expires);
  if (override.phase == Phase::releasing) text += ", which has ended";
  const std::string why = joined(override.reason, override.detail, "; ");
  return joined(std::move(text), why, ": ");
}

// Whether the override is one of those that keep the server out.
bool takes_part(const Override& override, const ServerState& server) {
  if (override.phase == Phase::pending && !override.admitted) return false;
  const Value value = wanted(override.value, server);
  return takes_out(value) || (value.setting == Setting::health && value.level == kFrozen);
}

// Why the setting keeps the server out; "" if it does not.
std::string why_kept_out(const SettingAccount& account, const ServerState& server) {
  if (!takes_out(account.observed)) return {};
  std::string text;
  for (const Override* each : account.overrides) {
    if (takes_part(*each, server)) text = joined(std::move(text), held_by(*each), "; ");
  }
  const std::string value = words_of_value(account.observed);
  if (account.unclear) {
    return joined(
        std::move(text),
        fmt::format("{}, and HAProxy does not tell whose that is: `{}` or `adopt` settles it",
                    value, undoing(account.setting)),
        "; ");
  }
  if (account.stuck) {
    return joined(std::move(text), "HAProxy does not take " + value + " back: set it by hand",
                  "; ");
  }
  if (takes_out(account.baseline)) {
    const std::string_view by = whose(account.by.value_or(
        account.baseline == account.configured ? Provenance::configured : Provenance::person));
    text = joined(std::move(text), fmt::format("{} by {}", words_of_value(account.baseline), by),
                  "; ");
  }
  return text.empty() ? value + ", on its way back" : text;
}

}  // namespace

Account::Account(const Book& book, std::shared_ptr<const View> view, Limits limits)
    : view_(std::move(view)),
      limits_(std::move(limits)),
      witness_(book.witness(view_->instance())) {
  for (const auto& [target, shelf] : book.shelves(view_->instance())) {
    Kept& into = kept_[target];
    for (const Override* each : shelf.live) into.live.push_back(*each);
    into.holds = shelf.holds;
  }
}

const Account::Kept* Account::kept(const ServerKey& server) const {
  const auto found =
      kept_.find({view_->instance(), std::string(server.backend), std::string(server.server)});
  return found == kept_.end() ? nullptr : &found->second;
}

std::vector<SettingAccount> Account::settings(const ServerState& server) const {
  const Kept* known = kept({server.backend, server.name});
  std::vector<SettingAccount> all;
  if (known == nullptr) return all;
  Book::Shelf shelf{{}, known->holds};
  for (const Override& each : known->live) shelf.live.push_back(&each);
  for (const Setting setting : kTold) {
    SettingAccount account{setting, configured(setting, server),
                           baseline_of(&shelf, setting, server), effect_of(&shelf, setting, server),
                           observe(setting, server)};
    std::ranges::copy_if(shelf.live, std::back_inserter(account.overrides), [&](const auto* each) {
      return aspect_of(each->value.setting) == setting;
    });
    const Hold* hold = shelf.find(setting);
    if (hold == nullptr && account.overrides.empty()) continue;
    if (hold != nullptr) {
      account.by = hold->by;
      account.unclear = hold->unclear;
      account.stuck = hold->stuck;
    }
    all.push_back(std::move(account));
  }
  return all;
}

std::vector<std::string> Account::overrides(const ServerState& server) const {
  std::vector<std::string> ids;
  const Kept* known = kept({server.backend, server.name});
  if (known == nullptr) return ids;
  for (const Override& each : known->live) ids.push_back(each.id);
  return ids;
}

std::string Account::own_why_out(const ServerState& server) const {
  std::string text;
  for (const SettingAccount& each : settings(server)) {
    text = joined(std::move(text), why_kept_out(each, server), "; ");
  }
  return text;
}

std::string Account::why_out(const ServerState& server) const {
  if (usable(server)) return {};
  std::string text = own_why_out(server);
  for (const ServerKey& leader : view_->topology().leaders({server.backend, server.name})) {
    const ServerState* row = view_->find(leader);
    const std::string why = row == nullptr ? std::string() : own_why_out(*row);
    if (why.empty()) continue;
    text = joined(std::move(text),
                  fmt::format("tracks {}/{}: {}", leader.backend, leader.server, why), "; ");
  }
  if (!text.empty()) return text;
  return std::string(control::why_not_verified(*view_, witness_, server));
}

bool Account::is_verified(const ServerState& server) const {
  return verified(*view_, witness_, server, limits_);
}

std::string_view Account::why_not_verified(const ServerState& server) const {
  if (is_verified(server)) return {};
  return control::why_not_verified(*view_, witness_, server);
}

}  // namespace steward::control
