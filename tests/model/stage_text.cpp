// What is seen on the stage, in the model's words: lists.py has the grammar.
#include <algorithm>
#include <tuple>

#include "model/stage.hpp"
#include "steward/control/aspect.hpp"

namespace steward::control::test {
namespace {

std::string state_word(std::uint32_t admin) {
  if ((admin & stats::forced_maint) != 0) return "maint";
  return (admin & stats::forced_drain) != 0 ? "drain" : "ready";
}

std::string_view how(const Override& wish) {
  if (wish.suspension.now) return "suspended";
  return counts(wish) ? "admitted" : "pending";
}

// The model has one name for each.
std::string_view stage_word(StepStage stage) {
  switch (stage) {
    case StepStage::approval:
      return "maint";
    case StepStage::draining:
    case StepStage::returning:
    case StepStage::soaking:
      return to_string(stage);
    default:
      return "?";
  }
}

std::string rollout_text(const Rollout& rollout) {
  std::string stage = "waiting", server = "-", rest;
  for (const RolloutStep& step : rollout.steps) {
    if (step.stage == StepStage::waiting) rest += " " + step.out;
    if (!busy(step.stage)) continue;
    stage = stage_word(step.stage);
    server = step.out;
  }
  return fmt::format("rollout {} {}{}", stage, server, rest);
}

}  // namespace

Setting setting_of(std::string_view word) {
  if (word == "checks") return Setting::checks;
  return word == "weight" ? Setting::weight : Setting::state;
}

std::string text_of(Setting setting) {
  return aspect_of(setting) == Setting::health ? "checks" : std::string(to_string(setting));
}

std::string text_of(const Value& value) {
  if (value.setting == Setting::health) return value.level == kByChecks ? "on" : "off";
  if (value.setting == Setting::checks) return value.level == kEnabled ? "on" : "off";
  return to_string(value);
}

Value value_of(Setting setting, const std::string& word) {
  if (setting == Setting::checks) return {setting, word == "on" ? kEnabled : kDisabled};
  return parse_value(setting, word).value();
}

std::string owner_word(const Override& override) {
  if (override.origin.kind == OwnerKind::person) return override.origin.principal;
  return std::string(to_string(override.origin.kind));
}

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

// In maintenance HAProxy forgets how a server was.
std::string Stage::haproxy_text() {
  std::vector<std::string> parts;
  for (const Scenario::Server& each : scenario_.servers) {
    const FakeServer& server = scene_.server(path(each.name));
    const FakeServer& watched = each.tracks.empty() ? server : scene_.server(path(each.tracks));
    const std::string health = watched.in_maint()    ? "-"
                               : !watched.has_checks ? "2"
                                                     : std::to_string(watched.health);
    parts.push_back(fmt::format("{} {} {} {} {}", each.name, state_word(server.admin),
                                server.weight, server.checks ? "on" : "off", health));
  }
  return joined(parts);
}

std::string Stage::steward_text() {
  std::vector<std::string> parts;
  std::vector<std::tuple<std::string, std::size_t, std::string, const Override*>> wishes;
  for (const Scenario::Server& each : scenario_.servers) {
    const ServerRef of = target(each.name);
    const Book::Shelf* shelf = scene_.book.shelf(of);
    const stats::ServerState* row = scene_.sight().find({of.backend, of.server});
    for (std::size_t i = 0; i < scenario_.settings.size(); ++i) {
      const Setting setting = aspect_of(scenario_.settings[i]);
      const Hold* hold = shelf == nullptr ? nullptr : shelf->find(setting);
      parts.push_back(
          fmt::format("base {} {} {}{}", each.name, text_of(setting),
                      text_of(hold == nullptr ? observe(setting, *row) : hold->baseline),
                      hold != nullptr && hold->unclear ? " unclear" : ""));
      for (const Override* wish : shelf == nullptr ? Book::Pointers() : shelf->live) {
        const bool mine = aspect_of(wish->value.setting) == setting;
        if (!mine || wish->phase == Phase::releasing) continue;
        wishes.emplace_back(each.name, i, owner_word(*wish), wish);
      }
    }
  }
  std::ranges::sort(wishes);
  for (const auto& [name, setting, owner, wish] : wishes) {
    parts.push_back(fmt::format("wish {} {} {} {} {}", name, text_of(wish->value.setting), owner,
                                text_of(wish->value), how(*wish)));
  }
  for (const auto& [id, rollout] : scene_.book.rollouts()) {
    if (live(rollout.phase)) parts.push_back(rollout_text(rollout));
  }
  return joined(parts);
}

}  // namespace steward::control::test
