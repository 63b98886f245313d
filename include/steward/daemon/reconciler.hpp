// Makes one HAProxy agree with the wishes: a thread of its own, so that a HAProxy that hangs stops
// nobody else.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "steward/config/config.hpp"
#include "steward/daemon/control_metrics.hpp"
#include "steward/daemon/hold_file_writer.hpp"
#include "steward/daemon/keeper.hpp"
#include "steward/daemon/log.hpp"
#include "steward/daemon/watch.hpp"
#include "steward/runtime/interrupt.hpp"
#include "steward/runtime/socket.hpp"

namespace steward::daemon {

class Reconciler {
 public:
  struct Options {
    std::string instance;
    std::chrono::milliseconds tick{1000};
    std::chrono::milliseconds timeout{5000};  // of one transaction
  };

  // Starts the thread. `master` may be null. All that is referred to must outlive it.
  Reconciler(Options options, runtime::RuntimeSocket& socket, runtime::RuntimeSocket* master,
             Keeper& keeper, HoldFileWriter& files, ControlMetrics& metrics, Log log);
  ~Reconciler();  // stop()
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  // Something was decided: do not wait for the next tick. From any thread.
  void poke();
  // Returns when the thread has ended: after the transaction under way, whose socket may be
  // interrupted.
  void stop();

 private:
  void run();
  [[nodiscard]] bool sleep();
  [[nodiscard]] bool stopping();
  void round();
  void keep_files();
  [[nodiscard]] runtime::Deadline deadline() const;
  [[nodiscard]] Result<std::vector<control::Step>> freshen(
      std::vector<control::Step> steps, const control::View& planned,
      std::chrono::steady_clock::time_point read);
  std::vector<control::Done> carry_out(const std::vector<control::Step>& steps);

  const Options options_;
  runtime::RuntimeSocket& socket_;
  Keeper& keeper_;
  HoldFileWriter& files_;
  ControlMetrics& metrics_;
  const Log log_;
  Watch watch_;
  std::vector<control::Done> done_;  // and not compared yet; of the thread

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool poked_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all the others
};

}  // namespace steward::daemon
