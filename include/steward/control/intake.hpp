// Alerts → changes of the book and a report: what the webhook decides. Pure.
#pragma once

#include "steward/control/draft.hpp"
#include "steward/control/payload.hpp"
#include "steward/control/report.hpp"
#include "steward/control/world.hpp"

namespace steward::control {

// A delivery of Alertmanager's, alert by alert (its status is each alert's own):
// - firing: the first rule that matches makes an override for each server it means, or renews it.
//   The same alert (by fingerprint and start) is not obeyed again after a person released it or
//   changed the server (ignored), nor within limits::kCrossed after it was resolved (duplicate):
//   the deliveries of a cluster of Alertmanagers may cross.
// - resolved: all overrides of the alert are released, not before their min_hold.
// Guards are asked after all alerts of the delivery are in the book, so that a common cause shows.
[[nodiscard]] Report take(Draft& draft, const World& world, const Delivery& delivery,
                          const Caller& caller);

// Ends an override on somebody's behalf: pending ones at once, others when HAProxy is back.
// The override must be live.
void release(Draft& draft, const Override& override, End end, const World& world,
             const Caller& caller, const std::string& why);

}  // namespace steward::control
