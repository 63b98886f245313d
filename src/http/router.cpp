#include "steward/http/router.hpp"

#include <algorithm>

#include "steward/base/text.hpp"

namespace steward::http {
namespace {

std::optional<std::map<std::string, std::string>> match(std::string_view pattern,
                                                        std::string_view path) {
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  std::map<std::string, std::string> found;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{')) {
      if (given[i].empty()) return std::nullopt;
      found[std::string(wanted[i].substr(1, wanted[i].size() - 2))] = given[i];
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  return found;
}

}  // namespace

std::string Call::query(std::string_view name) const {
  const auto found =
      std::ranges::find_if(request.query, [&](const auto& each) { return each.first == name; });
  return found == request.query.end() ? std::string() : found->second;
}

std::optional<std::string> odd_parameter(const Route& route, const Request& request) {
  std::vector<std::string> left = route.query;
  for (const auto& [name, value] : request.query) {
    const auto found = std::ranges::find(left, name);
    if (found == left.end()) return name;
    left.erase(found);
  }
  return std::nullopt;
}

std::variant<Found, NotFound, WrongMethod> find_route(const std::vector<Route>& routes,
                                                      std::string_view method,
                                                      std::string_view path) {
  WrongMethod wrong;
  for (const Route& route : routes) {
    auto segments = match(route.path, path);
    if (!segments) continue;
    if (route.method == method) return Found{&route, *std::move(segments)};
    wrong.allowed += (wrong.allowed.empty() ? "" : ", ") + route.method;
  }
  if (wrong.allowed.empty()) return NotFound{};
  return wrong;
}

}  // namespace steward::http
