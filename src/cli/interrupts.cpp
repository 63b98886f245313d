#include "steward/cli/interrupts.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

namespace steward::cli {
namespace {

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

Interrupts::Interrupts() {
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int descriptor = ::signalfd(-1, &signals, SFD_CLOEXEC);
  watcher_ = std::thread([this, descriptor] { watch(descriptor); });
}

Interrupts::~Interrupts() {
  over_.raise();
  watcher_.join();
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void Interrupts::watch(int signals) {
  std::array<pollfd, 2> ready{pollfd{signals, POLLIN, 0}, pollfd{over_.descriptor(), POLLIN, 0}};
  while (::poll(ready.data(), ready.size(), -1) < 0) {
  }
  signalfd_siginfo read{};
  if (ready[1].revents == 0 && ::read(signals, &read, sizeof read) > 0) {
    const sigset_t all = ending_signals();
    pthread_sigmask(SIG_UNBLOCK, &all, nullptr);  // of this thread alone: the next one ends it all
    raise();
    ready[0].fd = -1;
    while (::poll(ready.data(), ready.size(), -1) < 0) {
    }
  }
  ::close(signals);
}

void Interrupts::raise() {
  const std::lock_guard lock(mutex_);
  raised_ = true;
  changed_.notify_all();
  if (hook_) hook_();
}

bool Interrupts::wait(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, duration, [this] { return raised_; });
}

void Interrupts::on_raise(std::function<void()> hook) {
  const std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
  if (raised_ && hook_) hook_();
}

}  // namespace steward::cli
