// The part of the configuration that changes HAProxy: who may, by which alerts, within which
// limits. Read from the same file as the rest; see control_load.hpp for its keys.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "steward/base/address.hpp"
#include "steward/control/limits.hpp"
#include "steward/control/principal.hpp"
#include "steward/control/ramp.hpp"
#include "steward/control/rule.hpp"

namespace steward::config {

// How a principal proves who they are. Secrets are in files of their own, or are hashes.
struct Credentials {
  std::vector<std::string> token_sha256;       // of bearer tokens, 64 hexadecimal digits; at most 2
  std::vector<std::string> token_files;        // the same from files: a token each; at most 2
  std::string password_bcrypt;                 // for basic authentication; empty: none
  std::vector<std::string> certificate_sans;   // of verified client certificates
  std::vector<std::string> hmac_secret_files;  // at most 2
  bool operator==(const Credentials&) const = default;
};

struct PrincipalConfig {
  control::Principal principal;
  Credentials credentials;
  bool operator==(const PrincipalConfig&) const = default;
};

using ListenAddress = std::variant<TcpAddress, UnixAddress>;

struct ControlListener {
  std::vector<ListenAddress> listen{TcpAddress{"127.0.0.1", 9180}};
  std::string web_config_file;  // TLS, in exporter-toolkit's format; its users are not used here
  bool insecure = false;        // beyond loopback without TLS
  std::uint32_t socket_mode = 0660;  // of unix sockets
  bool operator==(const ControlListener&) const = default;
};

struct Storage {
  std::string path = "/var/lib/haproxy-steward";
  std::chrono::milliseconds retention{std::chrono::hours(24 * 90)};
  std::uint64_t bytes = std::uint64_t{1} << 30U;
  std::chrono::milliseconds tombstones{std::chrono::hours(24 * 7)};
  std::vector<std::string> abandon;  // instances that are gone for good
  bool operator==(const Storage&) const = default;
};

struct Control {
  ControlListener listener;
  Storage storage;
  std::vector<PrincipalConfig> principals;  // none: the control listener does not open
  std::vector<control::Rule> rules;         // none: labels of the alerts are obeyed
  control::Limits limits;
  bool shadow = false;                        // every rule in shadow mode
  std::string pause_file;                     // automation is paused while it exists; empty: none
  std::optional<std::string> hold_directory;  // see hold_directory_of(); "": no hold files
  bool state_files = false;                   // server-state files beside the hold files
  std::chrono::milliseconds manual_lease{std::chrono::hours(24)};  // 0: until released
  std::chrono::milliseconds tick{1000};  // how often HAProxy is compared with the wishes
  std::chrono::milliseconds transaction_timeout{5000};
  std::uint32_t attempts = 5;  // that HAProxy may refuse before an override failed
  control::ReturnRamp return_ramp;
  bool operator==(const Control&) const = default;
};

}  // namespace steward::config
