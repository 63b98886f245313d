// Listeners of the tests: on loopback, with a handler that greets.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <string>

#include "http/support.hpp"
#include "steward/http/listener.hpp"

namespace steward::test {

using namespace http;

inline ListenerOptions loopback(const std::string& web_config_file = "") {
  ListenerOptions options;
  options.address = TcpAddress{"127.0.0.1", 0};
  options.web_config_file = web_config_file;
  return options;
}

inline Response hello(const Request& request) {
  Response response;
  response.body = "hello " + request.principal + "\n";
  return response;
}

// Keeps requests waiting until opened.
class Barrier {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void await_waiting(int count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 10s, [&] { return waiting_ >= count; }));
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

inline std::size_t threads_of_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

}  // namespace steward::test
