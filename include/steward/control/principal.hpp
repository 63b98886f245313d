// Who may do what. Unaware of how somebody proves to be who they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/control/value.hpp"

namespace steward::control {

// Each may do what those before may. NOLINTNEXTLINE(readability-identifier-naming): a keyword
enum class Role : std::uint8_t { viewer, operator_, admin };
[[nodiscard]] std::string_view to_string(Role role);  // "viewer", "operator", "admin"
[[nodiscard]] Result<Role> parse_role(std::string_view text);

// The words principals are limited by: those of the manual payload (drain, maint, ready, weight,
// health, checks), and add, remove, rollout.
enum class Action : std::uint8_t {
  drain,
  maint,
  ready,
  weight,
  health,
  checks,
  adopt,
  add,
  remove,
  rollout
};
[[nodiscard]] std::string_view to_string(Action action);
[[nodiscard]] Result<Action> parse_action(std::string_view text);
[[nodiscard]] Action action_of(const Value& value);

// The least role an action needs: operator for drain, ready, weight and rollout; admin for the
// rest. A rollout that replaces servers needs add and remove as well.
[[nodiscard]] Role role_for(Action action);

struct Principal {
  std::string name;
  Role role = Role::viewer;
  std::vector<std::string> backends;  // exact names or globs with * and ?; empty: all
  std::vector<Action> actions;        // empty: all its role may do

  bool operator==(const Principal&) const = default;
};

// Nothing, or the sentence why not: "alice (operator) may not set health; that needs admin".
// `by_rule`: a configured rule chose the action, so only role operator and the scopes count.
[[nodiscard]] std::optional<std::string> why_forbidden(const Principal& principal, Action action,
                                                       std::string_view backend,
                                                       bool by_rule = false);

// Shell-like: * any run of characters, ? one..
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace steward::control
