// What the guards hold to, for a backend; and in all.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace steward::control {

// When a server counts as available.
enum class Verify : std::uint8_t {
  checks,  // its last check passed, in this process of HAProxy
  up,      // HAProxy calls it UP
};

// A percentage counts of the backend's configured servers (backups only if count_backups).
struct BackendLimits {
  std::uint32_t min_available_count = 1;
  std::uint32_t min_available_percent = 50;  // rounded up
  bool count_backups = false;
  // Servers that must stay wished into service, whatever their health; as min_available unless set.
  std::optional<std::uint32_t> min_wanted_count, min_wanted_percent;
  Verify verify = Verify::checks;
  bool fail_open = true;

  std::uint32_t max_overridden_percent = 50;  // rounded down, but at least one server
  std::uint32_t max_overridden_count = 0;     // 0: no such limit

  std::uint32_t mass_alert_percent = 50;  // more than so many alerting: automation holds still
  std::chrono::milliseconds mass_alert_window{std::chrono::minutes(5)};

  std::uint32_t rate_count = 10;  // admissions in a window; 0: no limit
  std::chrono::milliseconds rate_window{std::chrono::minutes(1)};
  std::chrono::milliseconds spacing{0};  // between two admissions

  std::chrono::milliseconds flap_hold{std::chrono::minutes(1)};  // doubled at each further cycle;
                                                                 // 0: no such guard
  std::chrono::milliseconds flap_most{std::chrono::hours(1)};
  std::chrono::milliseconds flap_window{std::chrono::hours(1)};  // cycles longer ago are forgotten

  bool operator==(const BackendLimits&) const = default;
};

struct Limits {
  BackendLimits defaults;
  std::map<std::string, BackendLimits, std::less<>> backends;  // whole: defaults are merged in
  std::uint32_t rate_count = 30;                               // admissions in all
  std::chrono::milliseconds rate_window{std::chrono::minutes(1)};
  std::chrono::milliseconds stale{std::chrono::seconds(10)};  // older knowledge of HAProxy is none
  // A process of HAProxy this old has ended a check of every server.
  std::chrono::milliseconds verify_after{std::chrono::seconds(10)};
  // So long after a restart counts what was verified just before it, for what was in force then.
  std::chrono::milliseconds carry{std::chrono::seconds(30)};
  // Until fail open gives a drain back, doubled with each suspension up to 32 times.
  std::chrono::milliseconds calm{std::chrono::minutes(1)};

  [[nodiscard]] const BackendLimits& of(std::string_view backend) const {
    const auto found = backends.find(backend);
    return found == backends.end() ? defaults : found->second;
  }
  bool operator==(const Limits&) const = default;
};

}  // namespace steward::control
