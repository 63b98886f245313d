// Where a HAProxy socket is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "steward/base/result.hpp"

namespace steward {

struct UnixAddress {
  std::string path;
  bool operator==(const UnixAddress&) const = default;
};

struct TcpAddress {
  std::string host;  // a name or an address; IPv6 without brackets
  std::uint16_t port = 0;
  bool operator==(const TcpAddress&) const = default;
};

using Address = std::variant<UnixAddress, TcpAddress>;

// "unix:/run/haproxy/admin.sock", "/run/haproxy/admin.sock", "tcp:host:port", "tcp:[::1]:port",
// and the forms of the retired exporter, "unix:///path" and "tcp://host:port".
[[nodiscard]] Result<Address> parse_address(std::string_view text);

// A listening address as Prometheus exporters write it: ":9101", "127.0.0.1:9101", "[::1]:9101".
// An empty host means every address.
[[nodiscard]] Result<TcpAddress> parse_listen_address(std::string_view text);

// "host:port"; an IPv6 address is in brackets.
[[nodiscard]] std::string host_port(std::string_view host, std::uint32_t port);

// "unix:/path" or "tcp:host:port"; parse_address reads it back.
[[nodiscard]] std::string to_string(const Address& address);
[[nodiscard]] std::string to_string(const TcpAddress& address);

// The two are distinct to the reader: an instance name is a label value and a query parameter.
// 1 to 64 of [A-Za-z0-9_.-].
[[nodiscard]] bool valid_instance_name(std::string_view name);

}  // namespace steward
