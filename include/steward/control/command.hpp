// What HAProxy is told: one change of one server. Typed; runtime/commands.hpp writes the text.
#pragma once

#include <cstdint>
#include <string>

namespace steward::control {

enum class Verb : std::uint8_t {
  state_ready,
  state_drain,
  state_maint,
  weight,
  health_up,
  health_stopping,
  health_down,
  enable_health,
  disable_health,
  enable_agent,
  disable_agent,
  add_server,  // with Command::text
  del_server,
  shutdown_sessions,  // those that are left
};

struct Command {
  Verb verb = Verb::state_ready;
  std::uint16_t weight = 0;  // of Verb::weight
  std::string text{};        // of Verb::add_server: the address and the options
  bool operator==(const Command&) const = default;
};

}  // namespace steward::control
