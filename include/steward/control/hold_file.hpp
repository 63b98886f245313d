// What a new process of HAProxy starts with: the servers that are held, as a file that HAProxy
// reads before its first request. Rendering only; daemon/hold_file_writer.hpp keeps the files.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "steward/base/time.hpp"
#include "steward/control/value.hpp"
#include "steward/control/view.hpp"

namespace steward::control {

// How long a line of a hold file counts, so that one nobody renews becomes harmless.
inline constexpr auto kHoldLasts = std::chrono::seconds(60);

// What a server is to start with. What is empty is left to HAProxy's configuration.
struct HeldServer {
  std::string backend, server;         // valid_haproxy_name
  std::optional<std::uint16_t> state;  // kDrain or kMaint
  std::optional<Value> weight;
  std::optional<std::uint16_t> health;  // kStopping or kDown, with the checks off
  bool agent_off = false;               // its agent would undo it
  Time expires = Time::max();           // the end of its lease

  bool operator==(const HeldServer&) const = default;
};

// All that are held of a HAProxy, by name; null: none. The same pointer means that nothing changed.
using HeldServers = std::shared_ptr<const std::vector<HeldServer>>;

// Returns the file that packaging/steward-hold.lua applies: its version, then a line for each
// server by name, "EXPIRES BACKEND SERVER WORD…". EXPIRES is unix time in seconds: the lease's end,
// but at most `lasts` from now. What has expired is left out; with nothing held there is only the
// version.
[[nodiscard]] std::string render_hold_file(std::span<const HeldServer> held, Time now,
                                           std::chrono::milliseconds lasts = kHoldLasts);

// Returns the same for HAProxy without Lua: a server-state file of the held servers alone, one
// entry a server. HAProxy takes the port and the initial weight from it, so both come from the
// view; servers the view does not have are left out. It has no expiry.
[[nodiscard]] std::string render_state_file(std::span<const HeldServer> held, const View& view);

// The server-state file that holds nothing, and of which HAProxy says nothing.
[[nodiscard]] std::string empty_state_file();

}  // namespace steward::control
