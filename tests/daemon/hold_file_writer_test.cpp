#include "steward/daemon/hold_file_writer.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::daemon;
using namespace std::chrono_literals;

namespace {

const Time kHeldAt{1'800'000'000s};
const std::string kHoldHead = "haproxy-steward hold 1\n";

std::string text_in(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

control::HeldServers one(const std::string& server) {
  return std::make_shared<const std::vector<control::HeldServer>>(
      std::vector<control::HeldServer>{{"web", server, control::kDrain, {}, {}}});
}

std::shared_ptr<const control::View> seen(int port) {
  auto state = stats::parse_servers_state(
      control::empty_state_file() +
      fmt::format("3 web 1 web1 127.0.0.1 2 0 100 100 77 6 3 4 6 0 0 0 - {} -\n\n", port));
  if (!state) throw std::runtime_error(state.error().message);
  return std::make_shared<const control::View>(
      "lb1", control::Epoch{"1@1", 10s}, kHeldAt, *std::move(state),
      std::make_shared<const control::Topology>(std::make_shared<stats::StatTable>()));
}

// A writer, its folder and what it logs.
struct Folder {
  test::TempFolder folder;
  std::ostringstream said;
  Log log = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said));
  HoldFileWriter writer;

  explicit Folder(bool state_file = false, std::string directory = "")
      : writer({"lb1", directory.empty() ? folder.path() : directory, state_file}, log) {}

  [[nodiscard]] std::string hold() const { return text_in(folder.path("lb1.hold")); }
  [[nodiscard]] std::string state() const { return text_in(folder.path("lb1.state")); }
  bool take(const std::string& server, std::chrono::milliseconds later = 0ms) {
    return writer.take(server.empty() ? nullptr : one(server), seen(80), kHeldAt + later).value();
  }
  [[nodiscard]] std::ptrdiff_t lines() const { return std::ranges::count(said.view(), '\n'); }
};

}  // namespace

TEST_CASE("what is held is in the file, and what no longer is, is not") {
  Folder at;
  CHECK(at.take("web1"));
  CHECK(at.hold() == kHoldHead + "1800000060 web web1 drain\n");
  CHECK(at.take("web2", 1s));
  CHECK(at.hold() == kHoldHead + "1800000061 web web2 drain\n");
  CHECK(at.take("", 2s));
  CHECK(at.hold() == kHoldHead);
}

TEST_CASE("a hold file is there from the first call, also if nothing is held") {
  Folder at;
  CHECK(at.take(""));
  CHECK(at.hold() == kHoldHead);
}

TEST_CASE("a hold file is written when something changed, or after a third of its minute") {
  Folder at;
  CHECK(at.take("web1"));
  CHECK_FALSE(at.take("web1", 1s));
  CHECK_FALSE(at.take("web1", 19'999ms));
  CHECK(at.take("web1", 20s));
  CHECK(at.hold() == kHoldHead + "1800000080 web web1 drain\n");
}

TEST_CASE("a hold file is written again when the clock was set back") {
  Folder at;
  CHECK(at.take("web1", 1h));
  CHECK(at.take("web1"));
  CHECK(at.hold() == kHoldHead + "1800000060 web web1 drain\n");
}

TEST_CASE("whoever has the file open keeps the whole old text") {
  Folder at;
  CHECK(at.take("web1"));
  std::ifstream open(at.folder.path("lb1.hold"));
  CHECK(at.take("web2", 1s));
  CHECK(std::string(std::istreambuf_iterator<char>(open), {}) ==
        kHoldHead + "1800000060 web web1 drain\n");
}

TEST_CASE("nothing but the file is left in the folder, also after a kill") {
  Folder at;
  at.folder.write("lb1.hold.new", "half a li");
  CHECK(at.take("web1"));
  const std::filesystem::directory_iterator files(at.folder.path());
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("a hold file is for HAProxy's group to read and for nobody else to write") {
  Folder at;
  const mode_t before = ::umask(0077);
  CHECK(at.take("web1"));
  ::umask(before);
  struct stat status {};
  REQUIRE(::stat(at.folder.path("lb1.hold").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("a state file is written only where it is wanted, and when a port changes") {
  Folder without;
  CHECK(without.take("web1"));
  CHECK_FALSE(std::filesystem::exists(without.folder.path("lb1.state")));
  Folder with(true);
  CHECK(with.take("web1"));
  CHECK(with.state().ends_with("3 web 1 web1 - 2 8 100 100 1 1 0 0 6 0 0 0 - 80 -\n"));
  CHECK(with.writer.take(one("web1"), seen(81), kHeldAt + 1s).value());
  CHECK(with.state().ends_with(" - 81 -\n"));
  CHECK(with.take("", 2s));
  CHECK(with.state() == control::empty_state_file());
}

TEST_CASE("a state file of earlier days holds nothing any more") {
  Folder at;
  at.folder.write("lb1.state", "1\n# old\n");
  CHECK(at.take("web1"));
  CHECK(at.state() == control::empty_state_file());
}

TEST_CASE("a HAProxy that was never seen has a hold file, and a state file without rows") {
  Folder at(true);
  CHECK(at.writer.take(one("web1"), nullptr, kHeldAt).value());
  CHECK(at.hold() == kHoldHead + "1800000060 web web1 drain\n");
  CHECK(at.state() == control::empty_state_file());
}

TEST_CASE("what the last run left stays until HAProxy was seen") {
  Folder at(true);
  CHECK(at.writer.take(one("web1"), seen(80), kHeldAt).value());
  HoldFileWriter next({"lb1", at.folder.path(), true}, at.log);
  CHECK_FALSE(next.take({}, nullptr, kHeldAt + 1s).value());
  CHECK(at.hold() == kHoldHead + "1800000060 web web1 drain\n");
  CHECK(next.take({}, seen(80), kHeldAt + 2s).value());
  CHECK(at.hold() == kHoldHead);
}

TEST_CASE("a state file that is left is emptied when it is older than what is believed") {
  Folder at(true);
  CHECK(at.writer.take(one("web1"), seen(80), kHeldAt).value());
  const std::string state = at.folder.path("lb1.state");
  HoldFileWriter next({"lb1", at.folder.path(), true}, at.log);
  CHECK_FALSE(next.take({}, nullptr, kHeldAt + 1s).value());
  CHECK(at.state() != control::empty_state_file());
  std::filesystem::last_write_time(state, std::filesystem::last_write_time(state) - 11s);
  CHECK(next.take({}, nullptr, kHeldAt + 2s).value());
  CHECK(at.state() == control::empty_state_file());
}

TEST_CASE("a folder that cannot be written to is told once, and tried again") {
  const test::TempFolder home;
  Folder at(false, home.path("missing"));
  CHECK_FALSE(at.writer.take(one("web1"), nullptr, kHeldAt).has_value());
  CHECK_FALSE(at.writer.take(one("web1"), nullptr, kHeldAt + 1s).has_value());
  CHECK(at.lines() == 1);
  CHECK(at.said.view().find("missing/lb1.hold.new: cannot be written") != std::string::npos);
  std::filesystem::create_directory(home.path("missing"));
  CHECK(at.writer.take(one("web1"), nullptr, kHeldAt + 2s).value());
  CHECK(at.lines() == 2);
  CHECK(text_in(home.path("missing/lb1.hold")) == kHoldHead + "1800000062 web web1 drain\n");
}

TEST_CASE("without a folder nothing is written, and what would be can be asked for") {
  std::ostringstream said;
  HoldFileWriter writer({"lb1", "", false},
                        std::make_shared<spdlog::logger>(
                            "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said)));
  CHECK_FALSE(writer.take(one("web1"), seen(80), kHeldAt).value());
  CHECK(writer.files(kHeldAt + 5s).hold == kHoldHead + "1800000065 web web1 drain\n");
  CHECK(writer.files(kHeldAt).state.ends_with(" - 80 -\n"));
}
