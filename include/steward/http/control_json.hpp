// The control loop's values as JSON: openapi.yaml describes it.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "steward/control/membership.hpp"
#include "steward/control/override.hpp"
#include "steward/control/report.hpp"
#include "steward/control/rollout.hpp"
#include "steward/ledger/ledger.hpp"

namespace steward::http {

using Json = nlohmann::ordered_json;

// Names and messages may be any bytes: those that are not UTF-8 become U+FFFD when it is written.
[[nodiscard]] Json to_json(const control::Override& override);
[[nodiscard]] Json to_json(const control::Membership& membership);
[[nodiscard]] Json to_json(const control::Rollout& rollout);
[[nodiscard]] Json to_json(const ledger::AuditLine& line);
[[nodiscard]] Json to_json(const ledger::Automation& automation);

// The results of a payload; `phases` has what is known of the overrides by now, by id.
[[nodiscard]] Json to_json(const control::Outcome& outcome, bool dry_run,
                           const std::map<std::string, control::Override>& phases);

// One line, for an answer or an event.
[[nodiscard]] std::string write(const Json& json);

}  // namespace steward::http
