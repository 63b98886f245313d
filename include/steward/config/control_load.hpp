// Reads the part of the configuration file that changes HAProxy. Everything is optional; what is
// not said has the default shown.
//
//   control:
//     listen_addresses: ["127.0.0.1:9180"]   # or unix:/run/haproxy-steward/control.sock
//     config_file: control-web.yml           # TLS; default: none; relative to this file's folder
//     insecure: false                        # true: beyond loopback without TLS
//     socket_mode: "0660"                    # of unix sockets; three or four octal digits
//     shadow: false                          # true: every rule only says what it would do
//     pause_file: /etc/haproxy-steward/pause # automation is paused while it exists; default: none
//     hold_directory: /run/haproxy-steward   # of the files HAProxy starts with; none: no files;
//                                            # default: $RUNTIME_DIRECTORY, if that is set
//     state_files: false                     # true: in HAProxy's server-state format, too
//     manual_lease: 24h                      # of manual overrides that name none; 0: no end
//     tick: 1s                               # 100ms to 1m
//     transaction_timeout: 5s                # 100ms to 1m
//     attempts: 5                            # 1 to 100
//   storage:
//     path: /var/lib/haproxy-steward
//     retention: 90d
//     size: 1GiB                             # KiB, MiB, GiB; 0: any
//   principals:                              # none: the control listener does not open
//     - name: alertmanager                   # unique; 1 to 64 of [A-Za-z0-9_.@-]
//       role: operator                       # viewer, operator, admin; required
//       backends: ["web*"]                   # exact names or globs; default: all
//       actions: [drain, weight]             # drain, maint, ready, weight, health, checks;
//                                            # default: all the role may do
//       token_sha256: ["64 hex digits"]      # at least one of these five is required
//       token_files: [/etc/…/token]          # relative to this file's folder
//       password_bcrypt: "$2y$10$…"          # basic authentication, the user is the name
//       certificate_sans: ["lb1.example"]    # needs TLS with client certificates verified
//       hmac_secret_files: [/etc/…/secret]
//   rules:                                   # none: the labels of alerts are obeyed
//     - name: drain-degraded-host            # required, unique
//       match: ['alertname="HostDegraded"']  # required, not empty
//       target:                              # address, or backend and server
//         instance: {source_labels: [haproxy], separator: ";", regex: "(.*)", replacement: "$1"}
//         backend: {source_labels: [proxy]}
//         server: {source_labels: [server]}
//         address: {source_labels: [instance], regex: '(.+):\d+'}
//       set: {state: drain}                  # one of state: drain|maint, weight: 0..256|0%..100%,
//                                            # health: up|stopping|down, checks: disabled; required
//       for: 2h                              # 1s to 30d
//       min_hold: 1m                         # at most `for`
//       return: safe                         # or immediate
//       mode: enforce                        # or shadow
//   guards:
//     min_available: {count: 1, percent: 50, count_backups: false}
//     max_overridden: {percent: 50, count: 0}    # count 0: only the percentage
//     mass_alert: {percent: 50, window: 5m}
//     rate: {count: 10, window: 1m}
//     spacing: 0s
//     flap: {hold: 1m, max: 1h, window: 1h}      # hold 0s: no such guard
//     total_rate: {count: 30, window: 1m}
//     stale: 10s
//     backends:                                  # over the values above, backend by backend
//       - name: web
//         min_available: {count: 3}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "steward/config/control_config.hpp"
#include "steward/config/yaml.hpp"

namespace steward::config {

// Reads control, storage, principals, rules and guards of the file's outermost map into
// `control`. Paths are kept as written, but those relative are taken from `file_name`'s folder.
void read_control(Section& root, Control& control, const std::string& file_name);

// Where hold files go: what the file says, or the first folder of systemd's RUNTIME_DIRECTORY,
// which the caller has looked up. Empty: nowhere.
[[nodiscard]] std::string hold_directory_of(const Control& control,
                                            std::string_view runtime_directory);

// Whether what is said there must be encrypted: it is beyond loopback, and not `insecure`.
[[nodiscard]] bool needs_tls(const ControlListener& listener, const ListenAddress& address);

// The rules no single value can break alone. Empty if it can be served.
[[nodiscard]] std::vector<std::string> validate_control(const Control& control);

}  // namespace steward::config
