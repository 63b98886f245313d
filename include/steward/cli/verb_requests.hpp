// What was typed, checked and put as the API wants it. Pure. Errors begin with the flag or word
// that is wrong.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "steward/base/result.hpp"
#include "steward/cli/client.hpp"
#include "steward/cli/verb_flags.hpp"

namespace steward::cli {

struct ServerName {
  std::string backend, server;
  bool operator==(const ServerName&) const = default;
};

// "web/web1".
[[nodiscard]] Result<ServerName> parse_server_name(std::string_view text);

struct ActRequest {
  ServerName target;
  std::string instance;                           // empty: every one that has the server
  Json body;                                      // of POST overrides
  std::optional<std::chrono::milliseconds> wait;  // until no session is left
  std::optional<std::chrono::milliseconds> ramp;  // how long it takes
  bool dry_run = false;
};
[[nodiscard]] Result<ActRequest> act_request(const std::string& verb, const ActFlags& flags);

struct MembershipRequest {
  ServerName target;
  std::string path;  // with its query
  Json body;         // null for a removal
  bool dry_run = false;
};
[[nodiscard]] Result<MembershipRequest> add_request(const MembershipFlags& flags);
[[nodiscard]] Result<MembershipRequest> remove_request(const MembershipFlags& flags);

struct RolloutRequest {
  std::string backend;
  Json body;  // of POST rollouts
  std::optional<std::string> hook;
  bool detach = false, dry_run = false;
};
[[nodiscard]] Result<RolloutRequest> rollout_request(const RolloutFlags& flags);

}  // namespace steward::cli
