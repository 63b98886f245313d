// Listeners of the tests: on loopback, with a handler that greets.
#pragma once

#include <string>

#include "http/support.hpp"
#include "steward/http/listener.hpp"

namespace steward::http::test {

inline ListenerOptions loopback(const std::string& web_config_file = "") {
  ListenerOptions options;
  options.address = TcpAddress{"127.0.0.1", 0};
  options.web_config_file = web_config_file;
  return options;
}

inline Response hello(const Request& request) {
  Response response;
  response.body = "hello " + request.principal + "\n";
  return response;
}

}  // namespace steward::http::test
