#include "steward/cli/shell.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "support/require_ok.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::cli;
using steward::test::TempFolder;

namespace {

int end_of(ShellCommand& command) {
  for (int i = 0; i < 500; ++i) {
    if (const auto code = command.ended()) return *code;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL("it does not end");
  return -1;
}

int exit_code(const std::string& text) {
  auto command = REQUIRE_OK(ShellCommand::start(text, {}));
  const int code = end_of(command);
  CHECK(command.ended() == code);  // also later
  return code;
}

}  // namespace

TEST_CASE("words are quoted for a shell where they have to be") {
  CHECK(shell_quoted("unix:/run/x.sock") == "unix:/run/x.sock");
  CHECK(shell_quoted("a b") == "'a b'");
  CHECK(shell_quoted("it's $HOME;") == "'it'\\''s $HOME;'");
  CHECK(shell_quoted("") == "''");
}

TEST_CASE("a command ends with its code, or with 128 and its signal") {
  CHECK(exit_code("exit 0") == 0);
  CHECK(exit_code("exit 7") == 7);
  CHECK(exit_code("kill -TERM $$") == 128 + SIGTERM);
  CHECK(exit_code("/nonexistent/program 2>/dev/null") == 127);
}

TEST_CASE("a command has the variables beside the others', and no signal is blocked") {
  const TempFolder folder;
  const std::string file = folder.path("out");
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  auto command = REQUIRE_OK(ShellCommand::start("echo \"$STEWARD_SERVER|${PATH:+path}\" > " + file +
                                                    "; grep SigBlk /proc/self/status >> " + file,
                                                {{"STEWARD_SERVER", "web 1"}}));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(end_of(command) == 0);
  std::stringstream said;
  said << std::ifstream(file).rdbuf();
  CHECK(said.str() == "web 1|path\nSigBlk:\t0000000000000000\n");
}

TEST_CASE("a command that nobody waits for any more is asked to end") {
  const TempFolder folder;
  const std::string file = folder.path("out");
  {
    auto command =
        REQUIRE_OK(ShellCommand::start("trap 'echo asked > " + file + "; exit' TERM; touch " +
                                           file + ".ready; while :; do sleep 0.05; done",
                                       {}));
    for (int i = 0; i < 500 && !std::ifstream(file + ".ready"); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK_FALSE(command.ended());
  }
  std::string said;
  for (int i = 0; i < 500 && said.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::ifstream(file) >> said;
  }
  CHECK(said == "asked");
}
