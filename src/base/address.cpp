#include "steward/base/address.hpp"

#include <sys/un.h>

#include <algorithm>

#include "steward/base/text.hpp"

namespace steward {
namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Result<Address> unix_address(std::string_view path) {
  if (path.starts_with("//")) path.remove_prefix(2);
  if (!path.starts_with('/')) {
    return fail(ErrorCode::invalid, "a unix socket needs an absolute path, not '{}'",
                printable(path));
  }
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorCode::invalid,
                "the socket path '{}' is longer than the {} bytes a unix "
                "socket can have",
                printable(path), sizeof(sockaddr_un::sun_path) - 1);
  }
  if (path.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::invalid, "the socket path '{}' has a NUL byte", printable(path));
  }
  return UnixAddress{std::string(path)};
}

// "host:port" with the host in brackets if it has colons itself.
Result<TcpAddress> host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(ErrorCode::invalid, "'{}' has no port; write host:port", printable(text));
  }
  std::string_view host = text.substr(0, colon);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) {
    return fail(ErrorCode::invalid, "'{}' is not a port (0 to 65535)",
                printable(text.substr(colon + 1)));
  }
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos) {
    return fail(ErrorCode::invalid, "'{}': put an IPv6 address in brackets, [::1]:9101",
                printable(text));
  }
  if (host.find_first_of(std::string_view(" /\0\n", 4)) != std::string_view::npos) {
    return fail(ErrorCode::invalid, "'{}' is not a host", printable(host));
  }
  return TcpAddress{std::string(host), *port};
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  const std::string_view whole = text;
  if (text.starts_with('/')) return unix_address(text);
  if (take_prefix(text, "unix:")) return unix_address(text);
  if (take_prefix(text, "tcp:")) {
    take_prefix(text, "//");
    const auto tcp = host_and_port(text);
    if (!tcp) return tl::unexpected(tcp.error());
    if (tcp->host.empty() || tcp->port == 0) {
      return fail(ErrorCode::invalid, "'{}' needs a host and a port", printable(whole));
    }
    return *tcp;
  }
  return fail(ErrorCode::invalid,
              "'{}' is not a socket address; write unix:/run/haproxy/admin.sock or tcp:host:port",
              printable(whole));
}

Result<TcpAddress> parse_listen_address(std::string_view text) { return host_and_port(text); }

std::string host_port(std::string_view host, std::uint32_t port) {
  const bool v6 = host.find(':') != std::string_view::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

std::string to_string(const TcpAddress& address) { return host_port(address.host, address.port); }

std::string to_string(const Address& address) {
  if (const auto* path = std::get_if<UnixAddress>(&address)) return "unix:" + path->path;
  return "tcp:" + to_string(std::get<TcpAddress>(address));
}

bool valid_instance_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace steward
