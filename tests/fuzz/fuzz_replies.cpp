// An answer of the API as the command line shows it: any JSON, of a daemon that may be another. It
// is shown or left out, never more than text: no control character reaches the terminal.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"
#include "steward/cli/act_view.hpp"
#include "steward/cli/client.hpp"
#include "steward/cli/record_view.hpp"
#include "steward/cli/rollout_view.hpp"

using namespace steward;
using namespace steward::cli;
using steward::fuzz::require;

namespace {

void check(std::string_view shown) {
  for (const char c : shown) {
    require(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
    require(c != 0x7F);
  }
}

void show(const Json& json) {
  check(to_text(overrides_table(json), false));
  check(to_text(audit_table(json, true), false));
  check(to_text(rollouts_table(json), false));
  check(evaluation_text(json, json, false));
  check(rollout_text(json, false));
  check(result_line(json, json));
  check(target_of(json));
  check(wish_of(json));
  check(pretty(json));
  (void)code_of(json);
  (void)code_of_rollout(json);
  (void)unsettled(json);
  (void)progress_of(json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return 0;
  (void)body_of(Reply{403, json});
  if (const auto body = body_of(Reply{200, json})) show(*body);
  return 0;
}
