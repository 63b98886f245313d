// One server compared with the wishes about it.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "steward/control/command.hpp"
#include "steward/control/draft.hpp"
#include "steward/control/view.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// What HAProxy is to be told about one setting of one server, or about its being there. The hold or
// membership in the draft says the same: it must be durable before the commands are sent.
struct Step {
  ServerRef target;
  Setting aspect = Setting::state;
  std::vector<Command> commands;
  bool alone = false;        // on a connection of its own, to get HAProxy's own words
  std::string membership{};  // its id, if that is what the step is for; `aspect` says nothing then
};

// A step that was done, with HAProxy's words.
struct Done {
  ServerRef target;
  Setting aspect = Setting::state;
  std::string command;
  std::string answer;
  std::chrono::microseconds duration{0};
  std::string membership{};
  bool heard = true;  // HAProxy answered
};

using DoneAspects = std::map<Setting, const Done*>;

// Brings the book up to date with the server, and adds what HAProxy is to be told next. See
// reconcile.hpp, which calls it for every server that is not as it should be.
void settle(Draft& draft, const World& world, const View& view, const stats::ServerState& server,
            const ServerRef& target, const DoneAspects& done, std::vector<Step>& steps);

}  // namespace steward::control
