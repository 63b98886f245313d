// A RuntimeSocket that answers from a table and records what it was asked.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "steward/runtime/socket.hpp"

namespace steward::test {

class FakeSocket final : public runtime::RuntimeSocket {
 public:
  std::map<std::string, std::string> answers;          // by command line
  std::map<std::string, Error> errors;                 // instead of an answer
  std::chrono::milliseconds delay{0};                  // before each answer
  std::function<void(const std::string&)> on_command;  // called before each answer

  Result<void> converse(std::string_view line, runtime::Pace pace, runtime::Deadline deadline,
                        const runtime::Consumer& consume) override {
    const std::string command(line);
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(command);
    }
    if (on_command) on_command(command);
    if (delay.count() > 0) std::this_thread::sleep_for(delay);
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(ErrorCode::timed_out, "{}: no answer in time", command);
    }
    if (const auto error = errors.find(command); error != errors.end()) {
      return tl::unexpected(error->second);
    }
    return deliver(answers[command], pace, consume);
  }

  [[nodiscard]] std::vector<std::string> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }

 private:
  static Result<void> deliver(std::string_view answer, runtime::Pace pace,
                              const runtime::Consumer& consume) {
    while (!answer.empty()) {
      auto taken = consume(answer.substr(0, pace.bytes));
      if (!taken) return taken;
      answer.remove_prefix(std::min(pace.bytes, answer.size()));
    }
    return {};
  }

  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
};

}  // namespace steward::test
