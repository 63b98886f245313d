// The connections of a listener and their threads: one each, so many and no more. Unaware of what
// is said on them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace steward::http {

// A thread a connection, rather than a pool: a client that keeps its connection between scrapes
// (Prometheus does) must not hold one of few workers, and a parked thread costs some 20 KiB. When
// `most` are open, the one idle longest is closed for the new one; busy ones are never.
// Thread-safe.
class Connections {
 public:
  explicit Connections(std::size_t most) : most_(most) {}
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Runs `serve` in a thread of its own. False: all are busy, or stop() was called.
  [[nodiscard]] bool start(std::function<void()> serve);

  // Wakes the idle, waits for the busy, shuts those down that take longer than `grace`, and
  // returns when all threads have ended.
  void stop(std::chrono::milliseconds grace);

  // A thread's membership; it must end before the descriptor is closed.
  class Member {
   public:
    Member(Connections& all, int descriptor);
    ~Member();
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    // Calls `wait` as an idle connection; the descriptor may be shut down meanwhile. False: it
    // was, or everything stops, or `wait` said so.
    template <class Wait>
    [[nodiscard]] bool idle(Wait wait) {
      return become_idle() && wait() && become_busy();
    }

   private:
    [[nodiscard]] bool become_idle();
    [[nodiscard]] bool become_busy();

    Connections& all_;
    const int descriptor_;
  };

 private:
  using Clock = std::chrono::steady_clock;
  using Threads = std::list<std::thread>;
  struct State {
    bool idle = false;
    bool evicted = false;
    Clock::time_point since;
  };

  void run(const std::function<void()>& serve, Threads::iterator self);
  [[nodiscard]] bool evict_longest_idle();
  void shut_down(bool idle_only);
  void join_finished();

  const std::size_t most_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable ended_;
  std::map<int, State> states_;  // by descriptor
  Threads threads_;
  Threads finished_;  // about to end; joined by the next who comes along
  bool stopping_ = false;
};

}  // namespace steward::http
