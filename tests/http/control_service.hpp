// The control listener's inside: the routes with a real ledger, and no HAProxy but a clock.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "steward/config/secrets.hpp"
#include "steward/http/control_handler.hpp"
#include "steward/ledger/sqlite_ledger.hpp"
#include "support/temp_folder.hpp"

namespace steward::test {

using namespace http;

// Its principals are "viewer", "operator" and "admin", with these roles, and their names for
// tokens.
struct ControlService {
  steward::test::TempFolder folder;
  std::unique_ptr<ledger::Ledger> ledger =
      std::move(*ledger::open_sqlite_ledger(folder.path("storage")));
  daemon::ControlMetrics metrics;
  daemon::Log log = daemon::make_log({"error", config::LogFormat::text});
  Time now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::unique_ptr<daemon::Keeper> keeper = std::move(*daemon::Keeper::open(
      {{{"lb1"}, {}, {}}, {}, {}}, [this] { return now; }, *ledger, metrics, log));
  Authenticator authenticator{roll().first, roll().second};
  int reloads = 0;
  ControlParts parts{
      *keeper,
      *ledger,
      authenticator,
      metrics,
      log,
      [this]() -> Result<void> {
        ++reloads;
        return {};
      },
      [] { return std::map<std::string, std::shared_ptr<const stats::StatTable>>(); }};
  ControlHandler handler = control_handler(parts);

  ControlService() = default;
  ControlService(const ControlService&) = delete;
  ControlService& operator=(const ControlService&) = delete;

  static std::pair<config::Control, config::Secrets> roll() {
    config::Control control;
    config::Secrets secrets;
    for (const auto role :
         {control::Role::viewer, control::Role::operator_, control::Role::admin}) {
      const std::string name(to_string(role));
      control.principals.push_back({{name, role, {}, {}}, {}});
      secrets.principals.push_back({{config::token_hash(name)}, {}});
    }
    return {control, secrets};
  }
};

}  // namespace steward::test
