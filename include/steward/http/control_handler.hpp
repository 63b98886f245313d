// What a request to the control listener goes through before, and after, its route.
#pragma once

#include <functional>

#include "steward/http/control_routes.hpp"
#include "steward/http/message.hpp"

namespace steward::http {

// Thread-safe.
struct ControlHandler {
  // Before the body is read. Refuses changes that a web page sent (they carry Origin or
  // Sec-Fetch-Site, and perhaps credentials that its browser keeps), and who has no credentials
  // or wrong ones.
  std::function<HeadVerdict(const Request&)> before_body;
  // Authenticates, routes, checks the role, answers; counts it all.
  Handler answer;
};

[[nodiscard]] ControlHandler control_handler(const ControlParts& parts);

}  // namespace steward::http
