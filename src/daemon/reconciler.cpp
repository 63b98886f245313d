#include "steward/daemon/reconciler.hpp"

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/daemon/carry_out.hpp"
#include "steward/daemon/crash_point.hpp"

namespace steward::daemon {
namespace {

using control::Done;
using control::Step;
using std::chrono::steady_clock;

// Changes that follow from each other (added, checked, drained) settle within one tick.
constexpr int kRounds = 8;

// Of steps, or of what became of them.
template <class T>
std::vector<std::string> backends_of(const std::vector<T>& all) {
  std::set<std::string> names;
  for (const T& each : all) names.insert(each.target.backend);
  return {names.begin(), names.end()};
}

// `safe` are some of `steps`, in the same order.
std::vector<Done> left_out_of(const std::vector<Step>& steps, const std::vector<Step>& safe) {
  std::vector<Done> left_out;
  auto next = safe.begin();
  for (const Step& step : steps) {
    if (next != safe.end() && *next == step) {
      ++next;
    } else {
      left_out.push_back(
          {step.target, step.aspect, {}, {}, {}, step.subject, true, false, step.seen});
    }
  }
  return left_out;
}

}  // namespace

Reconciler::Reconciler(Options options, runtime::RuntimeSocket& socket,
                       runtime::RuntimeSocket* master, Keeper& keeper, HoldFileWriter& files,
                       ControlMetrics& metrics, Log log)
    : options_(std::move(options)),
      socket_(socket),
      keeper_(keeper),
      files_(files),
      metrics_(metrics),
      log_(std::move(log)),
      watch_(options_.instance, socket, master, [&keeper] { return keeper.now(); }),
      thread_([this] { run(); }) {}

Reconciler::~Reconciler() { stop(); }

void Reconciler::poke() {
  const std::lock_guard lock(mutex_);
  poked_ = true;
  wake_.notify_one();
}

void Reconciler::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

bool Reconciler::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool Reconciler::sleep() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, options_.tick, [this] { return poked_ || stopping_; });
  poked_ = false;
  return !stopping_;
}

void Reconciler::run() {
  do {
    try {
      const auto began = steady_clock::now();
      round();
      const std::chrono::duration<double> took = steady_clock::now() - began;
      metrics_.observe_reconcile(options_.instance, took.count());
    } catch (const std::exception& e) {  // out of memory: this round's end, not the process's
      log_->error("{}: the round was broken off: {}", options_.instance, e.what());
    }
  } while (sleep());
}

runtime::Deadline Reconciler::deadline() const { return steady_clock::now() + options_.timeout; }

// Writing the ledger, or waiting for it, may have taken long: what is to be told is held against
// HAProxy as it is now.
Result<std::vector<Step>> Reconciler::freshen(std::vector<Step> steps, const control::View& planned,
                                              steady_clock::time_point read) {
  if (steady_clock::now() - read <= limits::kDecisionAge) return steps;
  const auto view = watch_.read_again(backends_of(steps), deadline());
  if (!view) return tl::unexpected(view.error());
  if ((*view)->epoch() != planned.epoch())
    return std::vector<Step>();  // another process: decide anew
  return keeper_.still_safe(**view, steps);
}

void Reconciler::round() {
  auto read = steady_clock::now();
  auto view = watch_.read(deadline());
  const auto watched = keeper_.watched(options_.instance);
  if (view && !watched.empty()) view = watch_.read_activities(watched, deadline());
  for (int i = 0; i < kRounds; ++i) {
    if (!view) {
      keep_files();
      return stopping() ? void() : keeper_.lost(options_.instance, view.error().message);
    }
    auto steps = keeper_.reconcile(*view, std::exchange(done_, {}));
    keep_files();
    if (!steps || steps->empty()) return;
    const auto safe = freshen(*steps, **view, read);
    if (!safe) {
      done_ = left_out_of(*steps, {});
      return keeper_.lost(options_.instance, safe.error().message);
    }
    done_ = carry_out(*safe);
    for (Done& each : left_out_of(*steps, *safe)) done_.push_back(std::move(each));
    crash_point("after_command");
    read = steady_clock::now();
    view = watch_.read_again(backends_of(done_), deadline());
  }
  if (view) poke();  // what was done is looked at without waiting for the next tick
}

// Before HAProxy is told: a process that starts in between has what it would have been told. What
// keeps a file from being written is in the log, and keeps nothing else from being done.
void Reconciler::keep_files() {
  auto held = keeper_.held(options_.instance);
  (void)files_.take(std::move(held.servers), std::move(held.view), keeper_.now());
}

std::vector<Done> Reconciler::carry_out(const std::vector<Step>& steps) {
  metrics_.count_commands(options_.instance, steps.size());
  return daemon::carry_out(steps, socket_, [this] { return deadline(); });
}

}  // namespace steward::daemon
