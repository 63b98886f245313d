// The control loop as a whole: the ledger, the keeper, and a reconciler for each HAProxy.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/config/config.hpp"
#include "steward/daemon/control_metrics.hpp"
#include "steward/daemon/hold_file_writer.hpp"
#include "steward/daemon/keeper.hpp"
#include "steward/daemon/log.hpp"
#include "steward/daemon/reconciler.hpp"
#include "steward/ledger/ledger.hpp"
#include "steward/runtime/interrupt.hpp"
#include "steward/runtime/socket.hpp"
#include "steward/stats/stat_table.hpp"

namespace steward::daemon {

// Runs from open() to stop() or destruction. Thread-safe.
class Controller {
 public:
  // Fails when the ledger cannot be had.
  [[nodiscard]] static Result<std::unique_ptr<Controller>> open(const config::Config& config,
                                                                const Log& log);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  [[nodiscard]] Keeper& keeper() { return *keeper_; }
  [[nodiscard]] ledger::Ledger& ledger() { return *ledger_; }
  [[nodiscard]] ControlMetrics& metrics() { return metrics_; }

  // `show stat` of the servers of each HAProxy that answers.
  [[nodiscard]] std::map<std::string, std::shared_ptr<const stats::StatTable>> statistics();

  // What each HAProxy's hold files would say now.
  [[nodiscard]] std::map<std::string, HoldFiles> hold_files() const;

  // Rules, limits and the like; what else changed needs a restart.
  void reload(const config::Control& control);

  // Ends every wait and every thread. What is under way with HAProxy is broken off: the ledger has
  // the intent, and the next start goes on from there.
  void stop();

 private:
  Controller(const config::Config& config, std::unique_ptr<ledger::Ledger> ledger, Log log);
  void start(const config::Config& config);
  void keep_house();

  const Log log_;
  config::Storage storage_;
  ControlMetrics metrics_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Keeper> keeper_;
  runtime::Interrupt interrupt_;
  std::map<std::string, std::unique_ptr<runtime::SocketClient>> sockets_;
  std::map<std::string, std::unique_ptr<runtime::SocketClient>>
      masters_;  // null: none is configured
  std::map<std::string, std::unique_ptr<HoldFileWriter>> hold_files_;
  std::map<std::string, std::unique_ptr<Reconciler>> reconcilers_;

  std::mutex mutex_;  // guards stopping_
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread housekeeper_;
};

// What the configuration says of deciding.
[[nodiscard]] control::Policy policy_of(const config::Control& control);

// What it says of the names of instances.
[[nodiscard]] InstanceNames names_of(const config::Config& config);

}  // namespace steward::daemon
