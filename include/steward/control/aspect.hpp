// One setting of one server: what it is, what it should be, and how to get there.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "steward/control/command.hpp"
#include "steward/control/override.hpp"
#include "steward/control/view.hpp"

namespace steward::control {

// What overrides are composed of; an agent is only switched with them.
inline constexpr std::array<Setting, 3> kComposed{Setting::state, Setting::weight, Setting::health};

// Settings that HAProxy keeps as one are decided as one: checks belong to health.
[[nodiscard]] constexpr Setting aspect_of(Setting setting) {
  return setting == Setting::checks ? Setting::health : setting;
}

// What HAProxy says of it. Only what a command can set: inherited drains, and maintenance for want
// of an address, are not its state.
[[nodiscard]] Value observe(Setting aspect, const stats::ServerState& server);

// Whether the server is as `value` wants it. A health that cannot be seen (in maintenance) is
// taken on trust.
[[nodiscard]] bool agrees(const Value& value, const stats::ServerState& server);

// What an override wants of its aspect: a percentage as a weight, disabled checks as a frozen
// health.
[[nodiscard]] Value wanted(const Value& value, const stats::ServerState& server);

// True if `a` takes more from the server than `b`: maint > drain > ready, the lower weight,
// down > stopping > by-checks > frozen > up, disabled > enabled.
[[nodiscard]] bool stricter(const Value& a, const Value& b);

// The commands that make it so, in order; empty if it agrees already.
[[nodiscard]] std::vector<Command> commands_to(const Value& value,
                                               const stats::ServerState& server);

// Whether a value takes the server out of service altogether.
[[nodiscard]] bool takes_out(const Value& value, const stats::ServerState& server);

}  // namespace steward::control
