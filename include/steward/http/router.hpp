// Which request is whose, and who may make it. Pure.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "steward/control/world.hpp"
#include "steward/http/message.hpp"

namespace steward::http {

// A request with all that was found out about it.
struct Call {
  const Request& request;
  control::Caller caller;
  std::map<std::string, std::string> path;  // what stood for {name} in the route's path

  [[nodiscard]] std::string query(std::string_view name) const;  // "" if it is absent
};

struct Route {
  std::string method;
  std::string path;  // "/api/v1/overrides/{id}": a segment in braces takes any one segment
  control::Role role = control::Role::viewer;
  std::string name;  // the label handler= of the metrics
  bool takes_json = false;
  std::vector<std::string> query;  // the parameters it knows; others are refused
  std::function<Response(const Call&)> answer;
  bool whole = false;  // it concerns every backend: not for who is limited to some
};

struct Found {
  const Route* route;
  std::map<std::string, std::string> path;
};
struct NotFound {};
struct WrongMethod {
  std::string allowed;  // "GET, POST"
};

// The first parameter of the query that the route does not know, or that is given twice.
[[nodiscard]] std::optional<std::string> odd_parameter(const Route& route, const Request& request);

[[nodiscard]] std::variant<Found, NotFound, WrongMethod> find_route(
    const std::vector<Route>& routes, std::string_view method, std::string_view path);

}  // namespace steward::http
