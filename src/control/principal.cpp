#include "steward/control/principal.hpp"

#include <algorithm>

#include "steward/base/text.hpp"
#include "steward/base/words.hpp"

namespace steward::control {
namespace {

constexpr auto kRoles = words_of<Role>("viewer", "operator", "admin");
constexpr auto kActionWords = words_of<Action>("drain", "maint", "ready", "weight", "health",
                                               "checks", "adopt", "add", "remove", "rollout");

bool in_scope(const Principal& principal, std::string_view backend) {
  return principal.backends.empty() ||
         std::ranges::any_of(principal.backends, [&](const std::string& pattern) {
           return glob_match(pattern, backend);
         });
}

bool may(const Principal& principal, Action action) {
  return principal.actions.empty() ||
         std::ranges::find(principal.actions, action) != principal.actions.end();
}

}  // namespace

std::string_view to_string(Role role) { return kRoles.of(role); }
std::string_view to_string(Action action) { return kActionWords.of(action); }
Result<Role> parse_role(std::string_view text) { return kRoles.parse("role", text); }
Result<Action> parse_action(std::string_view text) { return kActionWords.parse("action", text); }

Action action_of(const Value& value) {
  switch (value.setting) {
    case Setting::state:
      return value == kAdopted       ? Action::adopt
             : value.level == kReady ? Action::ready
             : value.level == kDrain ? Action::drain
                                     : Action::maint;
    case Setting::weight:
      return Action::weight;
    case Setting::health:
      return Action::health;
    case Setting::checks:
    case Setting::agent:
      break;
  }
  return Action::checks;
}

Role role_for(Action action) {
  const bool everyday = action == Action::drain || action == Action::ready ||
                        action == Action::weight || action == Action::adopt ||
                        action == Action::rollout;
  return everyday ? Role::operator_ : Role::admin;
}

std::optional<std::string> why_forbidden(const Principal& principal, Action action,
                                         std::string_view backend, bool by_rule) {
  const Role needed = by_rule ? Role::operator_ : role_for(action);
  const auto who = [&] {
    return fmt::format("{} ({})", principal.name, kRoles.of(principal.role));
  };
  if (principal.role < needed) {
    return fmt::format("{} may not set {}; that needs {}", who(), kActionWords.of(action),
                       kRoles.of(needed));
  }
  if (!may(principal, action)) {
    return fmt::format("{} is limited to other actions than {}", who(), kActionWords.of(action));
  }
  if (!in_scope(principal, backend)) {
    return fmt::format("{} is limited to other backends than {}", who(), printable(backend));
  }
  return std::nullopt;
}

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace steward::control
