// What the flags mean; how those of `serve` meet the config file: a flag given wins.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "steward/base/address.hpp"
#include "steward/base/result.hpp"
#include "steward/config/config.hpp"
#include "steward/config/load.hpp"

namespace steward::cli {

enum class Output { table, json };

// As they were typed; what was not given is empty.
struct ServeFlags {
  std::optional<std::string> config_file;
  std::vector<std::string> sockets;           // each "ADDRESS" or "NAME=ADDRESS"
  std::vector<std::string> listen_addresses;  // each "HOST:PORT"
  std::optional<std::string> timeout, telemetry_path, web_config_file, max_requests;
  std::optional<std::string> log_level, log_format;
};

// One --haproxy.socket. It is split at its first '=' unless a ':' or '/' stands before it: an
// address has one, an instance name cannot. Without a name, the instance's name is empty.
[[nodiscard]] Result<config::Instance> parse_socket_flag(std::string_view text);

// `file` with the flags over it. Sockets given replace the file's instances, listen addresses
// given replace the file's. Sockets without a name become "default" if there is only the one,
// else "haproxy1", "haproxy2" …, leaving out names that are taken. Problems begin with their
// flag. Says nothing about the whole: config::validate does.
[[nodiscard]] tl::expected<config::Config, config::ProblemList> merge(config::Config file,
                                                                      const ServeFlags& flags);

// The flags of `servers`, as they were typed. With a url the daemon is asked, not HAProxy.
struct ServersFlags {
  std::optional<std::string> backend, socket, timeout, output;
  std::optional<std::string> url, token_file, cacert;
};

struct ServersOptions {
  Address socket = UnixAddress{"/run/haproxy/admin.sock"};  // as HAProxy's packages have it
  std::chrono::milliseconds timeout = config::Scrape{}.timeout;
  std::optional<std::string> backend;  // empty: all
  Output output = Output::table;
};

// The socket may have a name before it, as for `serve`, which is dropped.
[[nodiscard]] tl::expected<ServersOptions, config::ProblemList> options_of(
    const ServersFlags& flags);

}  // namespace steward::cli
