// The small answers: `show table`, `show resolvers`, `show ssl cert`, `show proc`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steward/base/result.hpp"

namespace steward::stats {

// The text without its closing empty line. An answer that does not end in one was cut
// (malformed); "Permission denied", "Unknown command" and the like are refused, with HAProxy's
// words. The empty line is HAProxy's promise that nothing is missing (management.txt, 9.3).
[[nodiscard]] Result<std::string_view> complete(std::string_view answer);

struct StickTable {
  std::string name, type;
  std::uint64_t size = 0, used = 0;
};
// Lines "# table: NAME, type: TYPE, size:N, used:N"; keys to come are skipped.
[[nodiscard]] Result<std::vector<StickTable>> parse_tables(std::string_view answer);

struct Nameserver {
  std::string resolver, name;
  // promex's names (sent, send_error, valid …); the command line's snd_error is send_error.
  std::vector<std::pair<std::string, std::uint64_t>> counters;
};
[[nodiscard]] Result<std::vector<Nameserver>> parse_resolvers(std::string_view answer);

// `show ssl cert`: the names of the certificates loaded; those of an open transaction
// ("*name") are left out.
[[nodiscard]] Result<std::vector<std::string>> parse_certificate_names(std::string_view answer);

struct Certificate {
  std::string file, subject, issuer, serial;
  bool used = false;  // "Status: Used"
  std::optional<std::chrono::sys_seconds> not_before, not_after;
};
// `show ssl cert NAME`. One answer, one certificate.
[[nodiscard]] Result<Certificate> parse_certificate(std::string_view answer);

struct Worker {
  std::int64_t pid = 0;
  std::uint32_t reloads = 0;
  std::chrono::seconds uptime{0};
  std::string version;
  bool old = false;  // below "# old workers": it only finishes what it has
};
// `show proc` of the master socket: its workers; the master itself and programs are left out.
[[nodiscard]] Result<std::vector<Worker>> parse_processes(std::string_view answer);

}  // namespace steward::stats
