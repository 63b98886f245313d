#include "steward/cli/interrupts.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <csignal>
#include <thread>

using namespace steward::cli;
using namespace std::chrono_literals;

TEST_CASE("waiting takes as long as it takes") {
  Interrupts interrupts;
  const auto began = std::chrono::steady_clock::now();
  CHECK_FALSE(interrupts.wait(30ms));
  CHECK(std::chrono::steady_clock::now() - began >= 30ms);
  CHECK_FALSE(interrupts.raised());
}

TEST_CASE("a signal to end ends every wait, now and later, and not the process") {
  for (const int signal : {SIGINT, SIGTERM}) {
    Interrupts interrupts;
    std::atomic<int> told = 0;
    interrupts.on_raise([&told] { ++told; });
    std::thread sender([signal] {
      std::this_thread::sleep_for(20ms);
      ::kill(::getpid(), signal);
    });
    CHECK(interrupts.wait(10s));
    sender.join();
    CHECK(interrupts.raised());
    CHECK(interrupts.wait(10s));
    CHECK(told == 1);
    interrupts.on_raise([&told] { ++told; });  // who comes late is told at once
    CHECK(told == 2);
  }
}
