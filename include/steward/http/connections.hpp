// The connections of a listener and their threads: one each, so many and no more, and which of them
// has to go when there is no room. Unaware of what is said on them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "steward/http/waiting.hpp"

namespace steward::http {

// A thread a connection, rather than a pool: a client that keeps its connection between scrapes
// (Prometheus does) must not hold one of few workers, and a parked thread costs some 20 KiB.
//
// A connection whose thread waits for its client (between requests, for the rest of one, or for an
// answer to be read) can be closed for another; one that is being worked on never is. It goes from
// the source that has most of them, and of those the one that was waited for longest within its
// request: who asks and reads at once is hardly ever waited for. Thread-safe.
class Connections {
 public:
  explicit Connections(std::size_t most) : most_(most) {}
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Runs `serve` in a thread of its own. False: all are being worked on, or stop() was called.
  [[nodiscard]] bool start(std::function<void()> serve);

  // Wakes the idle, waits for the busy, shuts those down that take longer than `grace`, and
  // returns when all threads have ended.
  void stop(std::chrono::milliseconds grace);

  // A thread's membership; it must end before the descriptor is closed. `source` is whom the
  // client is counted as.
  class Member final : public Waiting {
   public:
    Member(Connections& all, int descriptor, std::string source);
    ~Member() override;

    // Calls `wait` as a connection between two requests; the descriptor may be shut down
    // meanwhile. False: it was, or everything stops, or `wait` said so.
    template <class Wait>
    [[nodiscard]] bool idle(Wait wait) {
      return become_idle() && wait() && become_busy();
    }

    void begins() override;
    [[nodiscard]] bool ends() override;

    // Something of which there are few, until the next call; null: nothing.
    void hold(const void* place);

    // Closes a connection that holds this: one of a source that holds two more than this one's
    // does, or else one that was waited for as long as limits::kStalledTimeout. False: there is
    // none. Its thread will let go of it soon.
    [[nodiscard]] bool evict_holder(const void* place);

   private:
    [[nodiscard]] bool become_idle();
    [[nodiscard]] bool become_busy();

    Connections& all_;
    const int descriptor_;
    const std::string source_;
  };

 private:
  using Clock = std::chrono::steady_clock;
  using Threads = std::list<std::thread>;
  struct State {
    std::string source;
    const void* holds = nullptr;
    bool idle = false;
    bool waiting = false;
    bool evicted = false;
    Clock::time_point since{};  // of this wait
    Clock::duration waited{0};  // before it, within the same request
  };
  using MayGo = std::function<bool(const State&, std::size_t of_its_source)>;

  void run(const std::function<void()>& serve, Threads::iterator self);
  [[nodiscard]] bool evict(const void* holding, const MayGo& may_go);
  [[nodiscard]] std::map<std::string, std::size_t> by_source(const void* holding) const;
  static Clock::duration waited_for(const State& state);
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
