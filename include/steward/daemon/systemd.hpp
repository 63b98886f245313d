// What systemd is told: ready, reloading, stopping, alive. See sd_notify(3); the protocol is small
// and stable, and spares linking libsystemd.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace steward::daemon {

// The folders systemd made for the process at run time, "/run/a:/run/b"; empty: none.
[[nodiscard]] std::string runtime_directory();

// Does nothing when the process was not started by systemd (no NOTIFY_SOCKET).
class Systemd {
 public:
  Systemd();  // reads the environment, once, before there are threads

  void ready() const;
  void reloading() const;  // ready() follows
  void stopping() const;
  void alive() const;

  // How often alive() must be said: half of WATCHDOG_USEC; nothing: never.
  [[nodiscard]] std::optional<std::chrono::milliseconds> heartbeat() const { return heartbeat_; }

 private:
  void say(std::string_view state) const;

  std::string socket_;
  std::optional<std::chrono::milliseconds> heartbeat_;
};

}  // namespace steward::daemon
