#include "steward/daemon/controller.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "steward/config/control_load.hpp"
#include "steward/daemon/dump.hpp"
#include "steward/daemon/systemd.hpp"
#include "steward/daemon/workers.hpp"
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

// Lines of hold files outlive two ticks that came to nothing.
HoldFileWriter::Options hold_options(const std::string& instance, const config::Control& control) {
  const auto lasts = std::max<std::chrono::milliseconds>(control::kHoldLasts, 3 * control.tick);
  return {instance, config::hold_directory_of(control, runtime_directory()), control.state_files,
          lasts};
}

}  // namespace

control::Policy policy_of(const config::Control& control) {
  return {control.rules,
          control.limits,
          control.shadow,
          control.manual_lease,
          control.attempts,
          control.return_ramp,
          !config::hold_directory_of(control, runtime_directory()).empty(),
          control.storage.tombstones};
}

InstanceNames names_of(const config::Config& config) {
  InstanceNames names;
  for (const config::Instance& each : config.instances) {
    names.configured.push_back(each.name);
    if (!each.renamed_from.empty()) names.renamed[each.renamed_from] = each.name;
  }
  const auto& abandoned = config.control.storage.abandon;
  names.abandoned.insert(abandoned.begin(), abandoned.end());
  return names;
}

Controller::Controller(const config::Config& config, std::unique_ptr<ledger::Ledger> ledger,
                       Log log)
    : log_(std::move(log)), storage_(config.control.storage), ledger_(std::move(ledger)) {}

Result<std::unique_ptr<Controller>> Controller::open(const config::Config& config, const Log& log) {
  auto ledger = ledger::open_sqlite_ledger(config.control.storage.path);
  if (!ledger) return tl::unexpected(ledger.error());
  std::unique_ptr<Controller> controller(new Controller(config, *std::move(ledger), log));
  Keeper::Options options{names_of(config), policy_of(config.control), config.control.pause_file};
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
    auto& master = masters_[instance.name];
    master = master_of(instance, interrupt_);
    auto& files = hold_files_[instance.name];
    files = std::make_unique<HoldFileWriter>(hold_options(instance.name, config.control), log_);
    reconcilers_[instance.name] = std::make_unique<Reconciler>(
        Reconciler::Options{instance.name, config.control.tick, config.control.transaction_timeout},
        *socket, master.get(), *keeper_, *files, metrics_, log_);
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

std::map<std::string, HoldFiles> Controller::hold_files() const {
  std::map<std::string, HoldFiles> all;
  for (const auto& [name, writer] : hold_files_) all[name] = writer->files(keeper_->now());
  return all;
}

void Controller::reload(const config::Control& control) {
  keeper_->set_policy(policy_of(control), control.pause_file);
}

}  // namespace steward::daemon
