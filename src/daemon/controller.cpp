#include "steward/daemon/controller.hpp"

#include <chrono>
#include <future>
#include <utility>

#include "steward/daemon/dump.hpp"
#include "steward/ledger/sqlite_ledger.hpp"

namespace steward::daemon {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kHousekeeping = 10min;
constexpr auto kStatisticsTimeout = 750ms;  // a list of servers without them is of use, too

Time wall_clock() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

control::Policy policy_of(const config::Control& control) {
  return {control.rules,        control.limits,   control.shadow,
          control.manual_lease, control.attempts, control.return_ramp};
}

Controller::Controller(const config::Config& config, std::unique_ptr<ledger::Ledger> ledger,
                       Log log)
    : log_(std::move(log)), storage_(config.control.storage), ledger_(std::move(ledger)) {}

Result<std::unique_ptr<Controller>> Controller::open(const config::Config& config, const Log& log) {
  auto ledger = ledger::open_sqlite_ledger(config.control.storage.path);
  if (!ledger) return tl::unexpected(ledger.error());
  std::unique_ptr<Controller> controller(new Controller(config, *std::move(ledger), log));
  Keeper::Options options{{}, policy_of(config.control), config.control.pause_file};
  for (const auto& instance : config.instances) options.instances.push_back(instance.name);
  auto keeper =
      Keeper::open(std::move(options), wall_clock, *controller->ledger_, controller->metrics_, log);
  if (!keeper) return tl::unexpected(keeper.error());
  controller->keeper_ = *std::move(keeper);
  controller->start(config);
  return controller;
}

void Controller::start(const config::Config& config) {
  for (const config::Instance& instance : config.instances) {
    auto& socket = sockets_[instance.name];
    socket = std::make_unique<runtime::SocketClient>(instance.socket, &interrupt_);
    reconcilers_[instance.name] = std::make_unique<Reconciler>(
        Reconciler::Options{instance.name, config.control.tick, config.control.transaction_timeout},
        *socket, *keeper_, metrics_, log_);
  }
  keeper_->on_decision([this](const std::string& instance) {
    const auto found = reconcilers_.find(instance);
    if (found != reconcilers_.end()) found->second->poke();
  });
  housekeeper_ = std::thread([this] { keep_house(); });
}

Controller::~Controller() { stop(); }

void Controller::stop() {
  if (keeper_) keeper_->close();  // there is none when its ledger could not be read
  interrupt_.raise();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (housekeeper_.joinable()) housekeeper_.join();
  for (auto& [name, reconciler] : reconcilers_) reconciler->stop();
}

void Controller::keep_house() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kHousekeeping, [this] { return stopping_; })) {
    keeper_->tidy(wall_clock() - storage_.retention, storage_.bytes);
  }
}

std::map<std::string, std::shared_ptr<const stats::StatTable>> Controller::statistics() {
  const auto read = [this](const std::string& name) -> std::shared_ptr<const stats::StatTable> {
    Demand demand;
    demand.stat_types = kServerType;
    auto dump = read_dump(*sockets_.at(name), demand, Plan{Reading::throttled, 1},
                          steady_clock::now() + kStatisticsTimeout);
    if (!dump) return nullptr;
    return std::make_shared<const stats::StatTable>(std::move(dump->stat));
  };
  std::map<std::string, std::future<std::shared_ptr<const stats::StatTable>>> readings;
  for (const std::string& name : keeper_->reachable()) {
    readings[name] = std::async(std::launch::async, read, name);
  }
  std::map<std::string, std::shared_ptr<const stats::StatTable>> all;
  for (auto& [name, reading] : readings) all[name] = reading.get();
  return all;
}

void Controller::reload(const config::Control& control) {
  keeper_->set_policy(policy_of(control), control.pause_file);
}

}  // namespace steward::daemon
