// Which server: always by its exact names, never a pattern, never "#id".
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "steward/base/result.hpp"

namespace steward::control {

// The names HAProxy itself allows for proxies and servers ([A-Za-z0-9_:.-], 1 to 255 of them):
// with these nothing can be smuggled onto its command line. Source: invalid_char() in HAProxy's
// src/standard.c; a leading '#' would be an id.
[[nodiscard]] bool valid_haproxy_name(std::string_view name);

struct ServerRef {
  std::string instance;  // a configured name
  std::string backend;
  std::string server;

  auto operator<=>(const ServerRef&) const = default;  // NOLINT(modernize-use-nullptr)
};

// "backend/server", both valid; the instance is left empty.
[[nodiscard]] Result<ServerRef> parse_server_ref(std::string_view text);

// "lb1:web/web1", or "web/web1" without an instance.
[[nodiscard]] std::string to_string(const ServerRef& ref);

// A backend and a server, for lookups without copies.
struct ServerKey {
  std::string_view backend, server;
  bool operator==(const ServerKey&) const = default;
};
struct ServerKeyHash {
  std::size_t operator()(const ServerKey& key) const;
};

struct ServerRefHash {
  std::size_t operator()(const ServerRef& ref) const;
};

}  // namespace steward::control
