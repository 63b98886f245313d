#include "steward/http/connections.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace steward::http {

using std::chrono::milliseconds;

Connections::~Connections() { stop(milliseconds::zero()); }

bool Connections::start(std::function<void()> serve) {
  constexpr milliseconds kEviction{250};  // an evicted thread only has to wake and return
  std::unique_lock lock(mutex_);
  join_finished();
  if (threads_.size() >= most_) {
    const auto room = [this] { return threads_.size() < most_; };
    if (!evict_longest_idle() || !ended_.wait_for(lock, kEviction, room)) return false;
  }
  if (stopping_) return false;
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = std::thread([this, self, serve = std::move(serve)] { run(serve, self); });
  } catch (const std::system_error&) {  // no more threads to be had
    threads_.erase(self);
    return false;
  }
  return true;
}

void Connections::run(const std::function<void()>& serve, Threads::iterator self) {
  serve();
  const std::lock_guard lock(mutex_);
  finished_.splice(finished_.end(), threads_, self);
  ended_.notify_all();
}

void Connections::join_finished() {
  for (std::thread& thread : finished_) thread.join();
  finished_.clear();
}

bool Connections::evict_longest_idle() {
  auto longest = states_.end();
  for (auto each = states_.begin(); each != states_.end(); ++each) {
    if (!each->second.idle || each->second.evicted) continue;
    if (longest == states_.end() || each->second.since < longest->second.since) longest = each;
  }
  if (longest == states_.end()) return false;
  longest->second.evicted = true;
  ::shutdown(longest->first, SHUT_RDWR);
  return true;
}

void Connections::shut_down(bool idle_only) {
  for (auto& [descriptor, state] : states_) {
    if (idle_only && !state.idle) continue;
    state.evicted = true;
    ::shutdown(descriptor, SHUT_RDWR);
  }
}

void Connections::stop(milliseconds grace) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  shut_down(true);
  const auto none = [this] { return threads_.empty(); };
  if (!ended_.wait_for(lock, grace, none)) {
    shut_down(false);
    ended_.wait(lock, none);
  }
  join_finished();
}

Connections::Member::Member(Connections& all, int descriptor) : all_(all), descriptor_(descriptor) {
  const std::lock_guard lock(all_.mutex_);
  all_.states_[descriptor_] = State{};
}

Connections::Member::~Member() {
  const std::lock_guard lock(all_.mutex_);
  all_.states_.erase(descriptor_);
}

bool Connections::Member::become_idle() {
  const std::lock_guard lock(all_.mutex_);
  State& state = all_.states_[descriptor_];
  if (all_.stopping_ || state.evicted) return false;
  state.idle = true;
  state.since = Clock::now();
  return true;
}

bool Connections::Member::become_busy() {
  const std::lock_guard lock(all_.mutex_);
  State& state = all_.states_[descriptor_];
  state.idle = false;
  return !state.evicted;
}

}  // namespace steward::http
