// The configuration file. Everything in it is optional; what is not said has the default shown.
//
//   instances:                                  # and those of --haproxy.socket
//     - name: lb1                               # may be left out if there is only one: "default"
//       socket: unix:/run/haproxy/admin.sock    # or tcp:host:port
//       master: unix:/run/haproxy/master.sock   # optional: old workers are asked too
//   scrape:
//     timeout: 5s                               # when Prometheus names none
//     pacing: auto                              # auto, off, by_proxy, throttled
//     compat: none                              # none, haproxy_exporter
//   web:
//     listen_addresses: [":9101"]
//     telemetry_path: /metrics
//     config_file: web.yml                      # default: none; relative to this file's folder
//     max_requests: 40                          # at once; 0: no limit
//   log:
//     level: info                               # debug, info, warn, error
//     format: text                              # text, json
//   control, storage, principals, rules, guards: see control_load.hpp
//
// How a start goes: load_file, flags over it, name_instances, validate.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/config/config.hpp"

namespace steward::config {

// Every problem of the input, one sentence each. Those of a file begin "file:line:column: ".
using ProblemList = std::vector<std::string>;

// Reads the file at `path`, up to limits::kConfigBytes. A file that cannot be read is one problem.
[[nodiscard]] tl::expected<Config, ProblemList> load_file(const std::string& path);

// `file_name` is what problems name and what web.config_file is relative to; nothing is opened.
// A configuration without instances is fine here: flags may add them.
[[nodiscard]] tl::expected<Config, ProblemList> parse(std::string_view text,
                                                      const std::string& file_name);

// Calls an only instance that has no name "default".
void name_instances(Config& config);

// The rules no single value can break alone, and every rule flags could break: empty if `config`
// can be served.
[[nodiscard]] ProblemList validate(const Config& config);

// The values of the file and of the flags alike; errors quote the text and say what is allowed.
[[nodiscard]] Result<std::string> parse_instance_name(std::string_view text);
[[nodiscard]] Result<std::chrono::milliseconds> parse_scrape_timeout(std::string_view text);
[[nodiscard]] Result<std::string> parse_telemetry_path(std::string_view text);
[[nodiscard]] Result<std::string> parse_log_level(std::string_view text);
[[nodiscard]] Result<LogFormat> parse_log_format(std::string_view text);
[[nodiscard]] Result<Pacing> parse_pacing(std::string_view text);
[[nodiscard]] Result<Compat> parse_compat(std::string_view text);

}  // namespace steward::config
