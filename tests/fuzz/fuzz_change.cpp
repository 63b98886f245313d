// Any bytes are a request for servers that come and go, whose options and address HAProxy's command
// line takes as they are, or an error that says what is wrong; never anything else.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "require.hpp"
#include "steward/control/server_options.hpp"
#include "steward/http/change_requests.hpp"
#include "steward/runtime/commands.hpp"

using namespace steward;
using steward::fuzz::require;

namespace {

// What passed the checks is one command.
void check(const control::AddRequest& request) {
  const auto address = control::parse_server_address(request.address);
  const auto options = control::server_options(request.options, nullptr, {});
  if (!address || !options) return;
  control::Command command{control::Verb::add_server};
  command.text = *address + " " + *options;
  const auto text = runtime::text_of(command, {"lb1", "web", "web9"});
  require(text && text->find_first_of(";\n\\#<") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto add = http::parse_add(text, "web", "web9")) check(add->request);
  if (const auto rollout = http::parse_rollout(text)) {
    require(rollout->request.terms.max_parallel >= 1);
  }
  (void)http::parse_change(text);
  return 0;
}
