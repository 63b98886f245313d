#include "steward/cli/state_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>

#include "cli/fake_client.hpp"
#include "steward/cli/cli.hpp"
#include "support/temp_folder.hpp"

using namespace steward;
using namespace steward::cli;
using namespace steward::test;

namespace {

const Result<Reply> kOneHold =
    ok(R"({"holds":[{"instance":"lb1","hold_file":"held\n","state_file":"rows\n"}]})");

Done<void> ask_state_file(Talk& talk, const RecordFlags& flags) {
  return state_file(talk.session, state_file_request(flags).value());
}

}  // namespace

TEST_CASE("state-file prints the file of the only HAProxy, in either format") {
  Talk talk;
  talk.client.on("GET /api/v1/holds", {kOneHold});
  RecordFlags flags;
  CHECK(ask_state_file(talk, flags));
  CHECK(talk.out.str() == "held\n");
  talk.out.str("");
  flags.format = "state";
  CHECK(ask_state_file(talk, flags));
  CHECK(talk.out.str() == "rows\n");
  flags.format = "yaml";
  CHECK_FALSE(state_file_request(flags));
}

TEST_CASE("state-file asks for the HAProxy that is named") {
  Talk talk;
  talk.client.on("GET /api/v1/holds?instance=lb1", {kOneHold})
      .on("GET /api/v1/holds?instance=lb9", {ok(R"({"holds":[]})")});
  RecordFlags flags;
  flags.instance = "lb1";
  CHECK(ask_state_file(talk, flags));
  flags.instance = "lb9";
  CHECK(failure(ask_state_file(talk, flags)).message ==
        "the daemon keeps no hold files of a HAProxy 'lb9'");
}

TEST_CASE("state-file wants a name where there are several HAProxies") {
  Talk talk;
  talk.client.on("GET /api/v1/holds", {ok(R"({"holds":[{"instance":"a"},{"instance":"b"}]})")});
  CHECK(failure(ask_state_file(talk, {})).message ==
        "the daemon has several HAProxies: name one by --instance");
}

TEST_CASE("state-file replaces a file, and leaves the old one when the daemon does not answer") {
  const TempFolder folder;
  Talk talk;
  talk.client.on("GET /api/v1/holds", {kOneHold, fail(ErrorCode::unreachable, "nobody is there")});
  RecordFlags flags;
  flags.file = folder.write("lb1.hold", "old\n");
  CHECK(ask_state_file(talk, flags));
  CHECK(failure(ask_state_file(talk, flags)).code == failed);
  std::ifstream file(folder.path("lb1.hold"));
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == "held\n");
  CHECK(talk.out.str().empty());
}

TEST_CASE("state-file says where it could not write") {
  Talk talk;
  talk.client.on("GET /api/v1/holds", {kOneHold});
  RecordFlags flags;
  flags.file = "/nowhere/lb1.hold";
  const auto failed_with = failure(ask_state_file(talk, flags));
  CHECK(failed_with.message.find("/nowhere/lb1.hold.new: cannot be written") == 0);
}
