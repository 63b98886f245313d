// The webhook's JSON → control::Payload. Pure.
#pragma once

#include <string_view>

#include "steward/base/result.hpp"
#include "steward/control/payload.hpp"

namespace steward::http {

// Told apart by shape: an object with "alerts" is Alertmanager's (version "4" or absent; or
// Grafana's "1", of the same shape), one with "action" or "actions" is manual; anything else is
// invalid. Of Alertmanager's, unknown fields are ignored; of a manual one they are problems (a
// misspelt "force" must not be silently dropped). Errors (invalid, limit) name the path and what is
// wanted: "alerts[3].labels.server: a string is wanted, not a number". Refused: invalid JSON and
// UTF-8, duplicate keys, more than limits::kJsonDepth levels, limits::kAlerts alerts,
// limits::kActions actions, limits::kLabels labels, labels or texts over limits::kLabelBytes, more
// bytes than limits::kControlBodyBytes.
//
// Manual: {"action": "drain|maint|ready|weight|health|checks", "backend", "server", "instance"?,
// "value"? (weight: 0..256 as a number or text, or "0%".."100%"; health: "up|stopping|down|auto";
// checks: "enabled|disabled"), "ramp"? (of a weight in percent: {"from": "10%", "over": "5m"}),
// "for"? ("30m", "0s" or "unlimited"), "reason"?, "force"?, "return"? ("safe|immediate"),
// "dry_run"?} or {"actions": [...], "dry_run"?}; dry_run is the whole request's. Names are checked
// by valid_haproxy_name.
[[nodiscard]] Result<control::Payload> parse_payload(std::string_view json);

}  // namespace steward::http
