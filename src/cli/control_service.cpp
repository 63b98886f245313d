#include "steward/cli/control_service.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/config/control_load.hpp"
#include "steward/config/secrets.hpp"
#include "steward/daemon/override_metrics.hpp"
#include "steward/http/control_handler.hpp"
#include "steward/http/control_routes.hpp"
#include "steward/http/problem.hpp"

namespace steward::cli {
namespace {

tl::unexpected<Error> all_of(const config::ProblemList& problems) {
  return fail(ErrorCode::invalid, "{}", fmt::join(problems, "\n"));
}

std::string name_of(const config::ListenAddress& address, const TcpAddress& bound) {
  const auto* local = std::get_if<UnixAddress>(&address);
  return local == nullptr ? to_string(bound) : "unix:" + local->path;
}

// What a reload cannot change, by the name of its section.
std::vector<std::string> needs_restart(const config::Config& now, const config::Config& fresh) {
  std::vector<std::string> sections;
  const auto compare = [&](const char* name, bool same) {
    if (!same) sections.emplace_back(name);
  };
  compare("instances", now.instances == fresh.instances);
  compare("scrape", now.scrape == fresh.scrape);
  compare("web", now.web == fresh.web);
  compare("log", now.log == fresh.log);
  compare("storage", now.control.storage == fresh.control.storage);
  const auto& a = now.control;
  const auto& b = fresh.control;
  compare("control (listener, tick, transaction_timeout, hold_directory, state_files)",
          a.listener == b.listener && a.tick == b.tick &&
              a.transaction_timeout == b.transaction_timeout &&
              a.hold_directory == b.hold_directory && a.state_files == b.state_files);
  return sections;
}

}  // namespace

ControlService::ControlService(config::Config config, LoadConfig load, daemon::Log log)
    : config_(std::move(config)), load_(std::move(load)), log_(std::move(log)) {}

Result<std::unique_ptr<ControlService>> ControlService::open(const config::Config& config,
                                                             LoadConfig load,
                                                             const daemon::Log& log) {
  std::unique_ptr<ControlService> service(new ControlService(config, std::move(load), log));
  if (auto started = service->start(); !started) return tl::unexpected(started.error());
  return service;
}

Result<void> ControlService::start() {
  auto secrets = config::load_secrets(config_.control);
  if (!secrets) return all_of(secrets.error());
  authenticator_ = std::make_unique<http::Authenticator>(config_.control, *std::move(secrets));
  auto controller = daemon::Controller::open(config_, log_);
  if (!controller) return tl::unexpected(controller.error());
  controller_ = *std::move(controller);
  controller_->metrics().set_reload(
      true, std::chrono::duration<double>(controller_->keeper().now().time_since_epoch()).count());
  for (const auto& address : config_.control.listener.listen) {
    if (auto listening = listen(address); !listening) return listening;
  }
  return {};
}

Result<void> ControlService::listen(const config::ListenAddress& address) {
  const http::ControlParts parts{controller_->keeper(),
                                 controller_->ledger(),
                                 *authenticator_,
                                 controller_->metrics(),
                                 log_,
                                 [this] { return reload(); },
                                 [this] { return controller_->statistics(); },
                                 [this] { return controller_->hold_files(); }};
  http::ListenerOptions options;
  options.address = address;
  options.socket_mode = config_.control.listener.socket_mode;
  options.web_config_file = config_.control.listener.web_config_file;
  options.max_requests = limits::kControlRequests;
  options.on_problem = [log = log_](const Error& problem) { log->warn("{}", problem.message); };
  options.body_bytes = limits::kControlBodyBytes;
  options.authenticates = false;
  const auto handler = http::control_handler(parts);
  options.before_body = handler.before_body;
  options.refusal = http::problem_of_status;
  options.limit_hint = "try again";
  options.demands_tls = config::needs_tls(config_.control.listener, address);
  auto listener = http::Listener::open(options, handler.answer);
  if (!listener) return tl::unexpected(listener.error());
  log_->info("control: listening on {}", name_of(address, (*listener)->address()));
  listeners_.push_back(*std::move(listener));
  return {};
}

ControlService::~ControlService() { stop(); }

void ControlService::stop() {
  if (!controller_) return;
  controller_->keeper().close();
  for (const auto& listener : listeners_) listener->stop();
  controller_->stop();
}

Result<void> ControlService::take_up(const config::Config& fresh) {
  if (fresh.control.principals.empty()) {
    return fail(ErrorCode::invalid,
                "principals: there are none any more; that needs a restart, without control");
  }
  auto secrets = config::load_secrets(fresh.control);
  if (!secrets) return all_of(secrets.error());
  const auto left = needs_restart(config_, fresh);
  if (!left.empty()) {
    log_->warn("reload: what changed in {} needs a restart", fmt::join(left, ", "));
  }
  authenticator_->reload(fresh.control, *std::move(secrets));
  controller_->reload(fresh.control);
  return {};
}

Result<void> ControlService::reload() {
  const std::lock_guard lock(reload_mutex_);
  const auto fresh = load_();
  Result<void> done = fresh ? take_up(*fresh) : Result<void>(all_of(fresh.error()));
  const auto now = controller_->keeper().now().time_since_epoch();
  controller_->metrics().set_reload(done.has_value(), std::chrono::duration<double>(now).count());
  if (done) {
    log_->info("the configuration was read again");
  } else {
    log_->error("the configuration was not taken, the old one stays:");
    for (const auto line : split(done.error().message, '\n')) log_->error("{}", line);
  }
  return done;
}

bool ControlService::responsive() {
  (void)controller_->keeper().ready();  // waits for whoever decides
  return true;
}

daemon::OwnMetrics::Further ControlService::metrics() {
  return [this] {
    auto families = controller_->metrics().collect();
    const auto live = controller_->keeper().live(limits::kOverrideSeries);
    for (auto& family : daemon::override_metrics(live)) families.push_back(std::move(family));
    return families;
  };
}

}  // namespace steward::cli
