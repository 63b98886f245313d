#include "steward/http/connections.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <system_error>
#include <tuple>
#include <utility>

#include "steward/base/limits.hpp"

namespace steward::http {

using std::chrono::milliseconds;

Connections::~Connections() { stop(milliseconds::zero()); }

bool Connections::start(std::function<void()> serve) {
  std::unique_lock lock(mutex_);
  join_finished();
  if (threads_.size() >= most_) {
    const auto room = [this] { return threads_.size() < most_; };
    const auto anybody = [](const State&, std::size_t) { return true; };
    if (!evict(nullptr, anybody)) return false;
    if (!ended_.wait_for(lock, limits::kEvictionTimeout, room)) return false;
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

Connections::Clock::duration Connections::waited_for(const State& state) {
  return state.waited + (Clock::now() - state.since);
}

std::map<std::string, std::size_t> Connections::by_source(const void* holding) const {
  std::map<std::string, std::size_t> counts;
  for (const auto& [descriptor, state] : states_) {
    if (holding == nullptr || state.holds == holding) ++counts[state.source];
  }
  return counts;
}

bool Connections::evict(const void* holding, const MayGo& may_go) {
  auto counts = by_source(holding);
  auto worst = states_.end();
  const auto rank = [&](const State& state) {
    return std::tuple(counts[state.source], waited_for(state));
  };
  for (auto each = states_.begin(); each != states_.end(); ++each) {
    const State& state = each->second;
    const bool candidate = state.waiting && !state.evicted &&
                           (holding == nullptr || state.holds == holding) &&
                           may_go(state, counts[state.source]);
    if (!candidate) continue;
    if (worst == states_.end() || rank(state) > rank(worst->second)) worst = each;
  }
  if (worst == states_.end()) return false;
  worst->second.evicted = true;
  ::shutdown(worst->first, SHUT_RDWR);
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

Connections::Member::Member(Connections& all, int descriptor, std::string source)
    : all_(all), descriptor_(descriptor), source_(std::move(source)) {
  const std::lock_guard lock(all_.mutex_);
  State& state = all_.states_[descriptor_] = State{};
  state.source = source_;
}

Connections::Member::~Member() {
  const std::lock_guard lock(all_.mutex_);
  all_.states_.erase(descriptor_);
}

void Connections::Member::begins() {
  const std::lock_guard lock(all_.mutex_);
  State& state = all_.states_[descriptor_];
  state.waiting = true;
  state.since = Clock::now();
}

bool Connections::Member::ends() {
  const std::lock_guard lock(all_.mutex_);
  State& state = all_.states_[descriptor_];
  state.waiting = false;
  state.waited = waited_for(state);
  return !state.evicted;
}

void Connections::Member::hold(const void* place) {
  const std::lock_guard lock(all_.mutex_);
  all_.states_[descriptor_].holds = place;
}

bool Connections::Member::evict_holder(const void* place) {
  const std::lock_guard lock(all_.mutex_);
  const std::size_t ours = all_.by_source(place)[source_];
  return all_.evict(place, [ours](const State& state, std::size_t of_its_source) {
    return of_its_source > ours + 1 || waited_for(state) >= limits::kStalledTimeout;
  });
}

bool Connections::Member::become_idle() {
  const std::lock_guard lock(all_.mutex_);
  State& state = all_.states_[descriptor_];
  if (all_.stopping_ || state.evicted) return false;
  state.idle = true;
  state.waited = Clock::duration::zero();
  return true;
}

bool Connections::Member::become_busy() {
  const std::lock_guard lock(all_.mutex_);
  State& state = all_.states_[descriptor_];
  state.idle = false;
  state.waited = Clock::duration::zero();
  return !state.evicted;
}

}  // namespace steward::http
