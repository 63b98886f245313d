// The control loop with its listeners, as `serve` runs it.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/cli/serve.hpp"
#include "steward/config/config.hpp"
#include "steward/daemon/controller.hpp"
#include "steward/daemon/log.hpp"
#include "steward/daemon/own_metrics.hpp"
#include "steward/http/authenticator.hpp"
#include "steward/http/listener.hpp"

namespace steward::cli {

// Thread-safe.
class ControlService {
 public:
  // Fails when a secret, the ledger or a listener cannot be had; one sentence a line.
  [[nodiscard]] static Result<std::unique_ptr<ControlService>> open(const config::Config& config,
                                                                    LoadConfig load,
                                                                    const daemon::Log& log);
  ~ControlService();
  ControlService(const ControlService&) = delete;
  ControlService& operator=(const ControlService&) = delete;

  // Takes up the configuration anew, or keeps the old one and says (and logs) what is wrong.
  Result<void> reload();
  // Whether decisions are made within a moment; for the watchdog.
  [[nodiscard]] bool responsive();
  [[nodiscard]] daemon::OwnMetrics::Further metrics();
  void stop();

 private:
  ControlService(config::Config config, LoadConfig load, daemon::Log log);
  Result<void> start();
  Result<void> listen(const config::ListenAddress& address);
  Result<void> take_up(const config::Config& fresh);

  config::Config config_;
  const LoadConfig load_;
  const daemon::Log log_;
  std::mutex reload_mutex_;
  std::unique_ptr<daemon::Controller> controller_;
  std::unique_ptr<http::Authenticator> authenticator_;
  std::vector<std::unique_ptr<http::Listener>> listeners_;
};

}  // namespace steward::cli
