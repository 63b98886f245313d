// The validated configuration: what flags and the YAML file together say. Plain values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "steward/base/address.hpp"
#include "steward/config/control_config.hpp"

namespace steward::config {

// How a large `show stat` is read, so that HAProxy's traffic does not wait for it.
enum class Pacing {
  automatic,  // by the shape seen at the last scrape
  off,        // one dump, as fast as it comes
  by_proxy,   // one dump a proxy, with pauses: few, large backends
  throttled,  // one dump, read slowly: thousands of small backends
};

enum class Compat { none, haproxy_exporter };

// One HAProxy.
struct Instance {
  std::string name;               // valid_instance_name; unique
  Address socket;                 // its stats socket
  std::optional<Address> master;  // its master socket: old workers are asked too
  std::string renamed_from{};     // what the ledger calls it; empty: by its name
  bool operator==(const Instance&) const = default;
};

struct Scrape {
  std::chrono::milliseconds timeout{5'000};  // when Prometheus names none
  Pacing pacing = Pacing::automatic;
  Compat compat = Compat::none;
  bool operator==(const Scrape&) const = default;
};

struct Web {
  std::vector<TcpAddress> listen{{"", 9101}};
  std::string telemetry_path = "/metrics";
  std::string config_file;     // exporter-toolkit's web.config.file; empty: no TLS, no users
  unsigned max_requests = 40;  // at once; 0: no limit
  bool operator==(const Web&) const = default;
};

enum class LogFormat { text, json };

struct Log {
  std::string level = "info";  // debug, info, warn, error
  LogFormat format = LogFormat::text;
  bool operator==(const Log&) const = default;
};

struct Config {
  std::vector<Instance> instances;
  Scrape scrape;
  Web web;
  Log log;
  Control control;
  bool operator==(const Config&) const = default;
};

}  // namespace steward::config
