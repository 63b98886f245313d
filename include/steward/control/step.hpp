// What HAProxy is to be told, and what it said.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "steward/control/command.hpp"
#include "steward/control/event.hpp"
#include "steward/control/server_ref.hpp"
#include "steward/control/value.hpp"

namespace steward::control {

// One setting of one server; or, with a subject, the server's being there. The hold or membership
// in the draft says the same: it must be durable before the commands are sent.
struct Step {
  ServerRef target;
  Setting aspect = Setting::state;
  std::vector<Command> commands;
  bool alone = false;           // on a connection of its own, to get HAProxy's own words
  Subject subject{};            // the membership or rollout it is for; `aspect` says nothing then
  std::optional<Value> seen{};  // what the setting was when it was planned, if that matters

  bool operator==(const Step&) const = default;
};

// A step that was done, with HAProxy's words; or one that was left out after all.
struct Done {
  ServerRef target;
  Setting aspect = Setting::state;
  std::string command;
  std::string answer;
  std::chrono::microseconds duration{0};
  Subject subject{};
  bool heard = true;  // HAProxy answered
  bool sent = true;
  std::optional<Value> seen{};  // the step's
};

using DoneAspects = std::map<Setting, const Done*>;

}  // namespace steward::control
