// What the flags of `serve` say, before and after they meet the configuration file. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "steward/config/config.hpp"
#include "steward/config/load.hpp"

namespace steward::cli {

// As typed; nothing: not given.
struct ServeFlags {
  std::string config_file;
  std::vector<std::string> sockets;  // name=ADDRESS or ADDRESS
  std::optional<std::string> timeout;
  std::vector<std::string> listen_addresses;
  std::optional<std::string> telemetry_path;
  std::optional<std::string> web_config_file;
  std::optional<std::string> max_requests;
  std::optional<std::string> log_level;
  std::optional<std::string> log_format;
};

// The configuration with the flags over it: a flag that is given wins, sockets replace the
// file's instances. Every problem is named, by its flag or its place in the file; without any the
// result can be served.
[[nodiscard]] tl::expected<config::Config, config::ProblemList> apply_flags(
    config::Config config, const ServeFlags& flags);

// "lb1=unix:/run/a.sock" or "unix:/run/a.sock" (without a name). A path may hold a "=": what
// stands before it is a name only if it can be one.
[[nodiscard]] Result<config::Instance> parse_socket_flag(std::string_view text);

}  // namespace steward::cli
