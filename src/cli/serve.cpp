#include "steward/cli/serve.hpp"

#include <csignal>
#include <memory>
#include <mutex>
#include <vector>

#include "steward/base/text.hpp"
#include "steward/base/version.hpp"
#include "steward/cli/cli.hpp"
#include "steward/cli/control_service.hpp"
#include "steward/daemon/exporter.hpp"
#include "steward/daemon/log.hpp"
#include "steward/daemon/systemd.hpp"
#include "steward/http/listener.hpp"
#include "steward/http/metrics_routes.hpp"

namespace steward::cli {
namespace {

using Listeners = std::vector<std::unique_ptr<http::Listener>>;

// Signals are taken by sigwait on the main thread; blocked before any thread starts, so that all
// threads inherit that.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

Result<Listeners> open_listeners(const config::Web& web, const http::Handler& handler,
                                 const daemon::Log& log) {
  Listeners listeners;
  for (const TcpAddress& address : web.listen) {
    http::ListenerOptions options;
    options.address = address;
    options.web_config_file = web.config_file;
    options.max_requests = web.max_requests;
    options.on_problem = [log](const Error& problem) { log->warn("{}", problem.message); };
    auto listener = http::Listener::open(options, handler);
    if (!listener) return tl::unexpected(listener.error());
    log->info("listening on {}, metrics at {}", to_string((*listener)->address()),
              web.telemetry_path);
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

// The next signal; 0 when it is time for a heartbeat.
int next_signal(const sigset_t& signals, const daemon::Systemd& systemd) {
  int signal = 0;
  if (!systemd.heartbeat()) {
    sigwait(&signals, &signal);
    return signal;
  }
  const auto wait = *systemd.heartbeat();
  const timespec timeout{wait.count() / 1000, wait.count() % 1000 * 1'000'000};
  return std::max(0, sigtimedwait(&signals, nullptr, &timeout));
}

// Returns when the process is asked to end.
void obey(const sigset_t& signals, const daemon::Systemd& systemd, ControlService* control,
          const daemon::Log& log) {
  for (;;) {
    const int signal = next_signal(signals, systemd);
    if (signal == SIGHUP) {
      systemd.reloading();
      if (control != nullptr) {
        (void)control->reload();  // it logs what is wrong
      } else {
        log->info("SIGHUP: nothing to reload; the web config file reads itself again");
      }
      systemd.ready();
    } else if (signal != 0) {
      log->info("asked to end by signal {}", signal);
      return;
    } else if (control == nullptr || control->responsive()) {
      systemd.alive();
    }
  }
}

int give_up(const daemon::Log& log, const Error& error) {
  for (const auto line : split(error.message, '\n')) log->critical("{}", line);
  return failed;
}

}  // namespace

int serve(const config::Config& config, const LoadConfig& load) {
  const sigset_t signals = block_signals();
  const daemon::Systemd systemd;
  const daemon::Log log = daemon::make_log(config.log);
  log->info("haproxy-steward {} ({})", version(), revision());
  for (const config::Instance& instance : config.instances) {
    log->info("instance {}: {}{}", instance.name, to_string(instance.socket),
              instance.master ? ", master " + to_string(*instance.master) : "");
  }
  std::unique_ptr<ControlService> control;
  if (!config.control.principals.empty()) {
    auto opened = ControlService::open(config, load, log);
    if (!opened) return give_up(log, opened.error());
    control = *std::move(opened);
  }
  daemon::Exporter exporter(config, log,
                            control ? control->metrics() : daemon::OwnMetrics::Further());
  auto listeners =
      open_listeners(config.web, http::metrics_handler(exporter, config.web.telemetry_path), log);
  if (!listeners) return give_up(log, listeners.error());
  systemd.ready();
  obey(signals, systemd, control.get(), log);
  systemd.stopping();
  exporter.interrupt();
  if (control) control->stop();
  for (const auto& listener : *listeners) listener->stop();
  return done;
}

}  // namespace steward::cli
