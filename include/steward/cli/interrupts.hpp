// Ctrl-C while a command waits: noticed at once, answered when it suits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "steward/runtime/interrupt.hpp"

namespace steward::cli {

// While it lives, the first SIGINT or SIGTERM does not end the process, but ends every wait here; a
// second one ends the process. Made before any other thread starts, so that all inherit that.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Sleeps so long; true, at once, when the process was asked to end.
  bool wait(std::chrono::milliseconds duration);
  [[nodiscard]] bool raised() { return wait(std::chrono::milliseconds(0)); }

  // Called on another thread when it is asked to; null: nothing.
  void on_raise(std::function<void()> hook);

 private:
  void watch(int signals);
  void raise();

  runtime::Interrupt over_;  // ends the watching
  std::mutex mutex_;         // guards what follows
  std::condition_variable changed_;
  bool raised_ = false;
  std::function<void()> hook_;
  std::thread watcher_;
};

}  // namespace steward::cli
