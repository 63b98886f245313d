// Somebody asks for servers to be added, removed or let be. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "steward/control/draft.hpp"
#include "steward/control/guards.hpp"
#include "steward/control/server_options.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

struct AddRequest {
  std::optional<std::string> instance;  // empty: every one that has the backend
  std::string backend, server, address;
  std::string like;       // a sibling; empty: the backend's first server
  ServerOptions options;  // over those of the sibling
  std::chrono::milliseconds timeout{std::chrono::seconds(30)};
  std::string reason;
  std::string rollout = {};  // that asks for it; empty: a person
};

struct RemoveRequest {
  std::optional<std::string> instance;  // empty: every one that has the server
  std::string backend, server;
  std::chrono::milliseconds timeout{std::chrono::minutes(5)};
  bool cut = false;  // sessions left then are shut down; else nothing is removed
  bool force = false;
  std::string reason;
  std::string rollout = {};  // that asks for it; empty: a person
};

// Something is being done with the server already: it is on its way in or out, or belongs to
// another rollout that lives.
[[nodiscard]] std::optional<Refusal> why_busy(const Book& book, const ServerRef& target,
                                              const std::string& rollout);

using Memberships = std::vector<Membership>;

// One for each instance that lacks the server. Refused: unknown_server (no such backend or
// sibling), exists (all have it, or something is being done with it), invalid_value (the address,
// an option, a backend with static balancing), forbidden, unreachable.
[[nodiscard]] tl::expected<Memberships, Refusal> add_server(Draft& draft, const World& world,
                                                            const AddRequest& request,
                                                            const Caller& caller);

// One for each instance that has it; drained from now on. Refused as a manual drain is.
[[nodiscard]] tl::expected<Memberships, Refusal> remove_server(Draft& draft, const World& world,
                                                               const RemoveRequest& request,
                                                               const Caller& caller);

// What stands is left as it is from now on; what is under way is undone. The membership must be
// live.
[[nodiscard]] tl::expected<Membership, Refusal> end_membership(Draft& draft, const World& world,
                                                               const Membership& membership,
                                                               const Caller& caller);

}  // namespace steward::control
