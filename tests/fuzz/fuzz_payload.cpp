// Any bytes are a payload within the limits, with texts that are UTF-8 and names that HAProxy could
// have, or an error that says what is wrong; never anything else.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "require.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/control/server_ref.hpp"
#include "steward/http/payload.hpp"

using namespace steward;
using namespace steward::control;
using steward::fuzz::require;

namespace {

void require_text(const std::string& text) {
  require(text.size() <= limits::kLabelBytes && to_utf8(text) == text);
}

void check(const Delivery& delivery) {
  require(delivery.alerts.size() <= limits::kAlerts);
  for (const Alert& alert : delivery.alerts) {
    require(!alert.fingerprint.empty() && alert.labels.size() <= limits::kLabels);
    require_text(alert.fingerprint);
    for (const auto& [name, value] : alert.labels) {
      require_text(name);
      require_text(value);
    }
  }
}

void check(const ManualRequest& request) {
  require(!request.actions.empty() && request.actions.size() <= limits::kActions);
  for (const ManualAction& action : request.actions) {
    require(valid_haproxy_name(action.backend) && valid_haproxy_name(action.server));
    require(!action.instance || valid_haproxy_name(*action.instance));
    require(!action.lease || (action.lease->count() >= 0 && *action.lease <= limits::kDurationMax));
    require(action.value.level <= (action.value.percent ? 100 : kWeightMost));
    require_text(action.reason);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto payload = http::parse_payload({reinterpret_cast<const char*>(data), size});
  if (payload) {
    std::visit([](const auto& each) { check(each); }, *payload);
    return 0;
  }
  const Error& error = payload.error();
  require(error.code == ErrorCode::invalid || error.code == ErrorCode::limit);
  require(!error.message.empty() && error.message.size() < 4'096);
  return 0;
}
