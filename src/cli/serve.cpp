#include "steward/cli/serve.hpp"

#include <csignal>
#include <vector>

#include "steward/base/version.hpp"
#include "steward/cli/cli.hpp"
#include "steward/daemon/exporter.hpp"
#include "steward/daemon/log.hpp"
#include "steward/http/listener.hpp"
#include "steward/http/metrics_routes.hpp"

namespace steward::cli {
namespace {

// What a slow client may hold up the end of the process.
constexpr auto kStopPatience = std::chrono::seconds(1);

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
    options.patience.stop = kStopPatience;
    options.on_problem = [log](const Error& problem) { log->warn("{}", problem.message); };
    auto listener = http::Listener::open(options, handler);
    if (!listener) return tl::unexpected(listener.error());
    log->info("listening on {}, metrics at {}", to_string((*listener)->address()),
              web.telemetry_path);
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

// Returns when the process is asked to end.
void wait_for_end(const sigset_t& signals, const daemon::Log& log) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) {
      log->info("asked to end by signal {}", signal);
      return;
    }
    log->info(
        "SIGHUP: the web config file is read again by itself; other changes of the "
        "configuration need a restart");
  }
}

}  // namespace

int serve(const config::Config& config) {
  const sigset_t signals = block_signals();
  const daemon::Log log = daemon::make_log(config.log);
  log->info("haproxy-steward {} ({})", version(), revision());
  for (const config::Instance& instance : config.instances) {
    log->info("instance {}: {}{}", instance.name, to_string(instance.socket),
              instance.master ? ", master " + to_string(*instance.master) : "");
  }
  daemon::Exporter exporter(config, log);
  auto listeners =
      open_listeners(config.web, http::metrics_handler(exporter, config.web.telemetry_path), log);
  if (!listeners) {
    log->critical("{}", listeners.error().message);
    return failed;
  }
  wait_for_end(signals, log);
  exporter.interrupt();
  for (const auto& listener : *listeners) listener->stop();
  return done;
}

}  // namespace steward::cli
