#include "steward/http/payload.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "steward/base/duration.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/control/principal.hpp"
#include "steward/control/server_ref.hpp"
#include "steward/http/json.hpp"

namespace steward::http {
namespace {

using control::Action;
using control::Alert;
using control::Delivery;
using control::ManualAction;
using control::ManualRequest;
using control::Setting;
using control::Value;

control::Labels read_labels(JsonObject& alert, const std::string& path,
                            std::optional<Error>& problem) {
  control::Labels labels;
  const nlohmann::json* all = alert.find("labels");
  if (all == nullptr) return labels;
  JsonObject object(*all, path + ".labels", problem);
  if (!all->is_object()) return labels;
  if (all->size() > limits::kLabels) {
    alert.refuse("labels", fmt::format("more than {} labels", limits::kLabels), ErrorCode::limit);
    return labels;
  }
  for (const auto& [name, value] : all->items()) {
    if (value.is_null()) object.expect(name, "a string", value);
    if (name.size() > limits::kLabelBytes) {
      alert.refuse("labels", fmt::format("a name of more than {} bytes", limits::kLabelBytes));
    }
    labels[name] = object.text(name);
  }
  return labels;
}

// Alertmanager before 0.19 sends none: then the labels are the alert's identity, as they are for
// Alertmanager itself, and the outcome is the one it would have sent.
std::string fingerprint_of(const control::Labels& labels) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    hash = (hash ^ 0xFFU) * 1099511628211U;  // a byte that UTF-8 does not have
  };
  for (const auto& [name, value] : labels) {
    add(name);
    add(value);
  }
  return fmt::format("{:016x}", hash);
}

Alert read_alert(const nlohmann::json& item, const std::string& path,
                 std::optional<Error>& problem) {
  JsonObject object(item, path, problem);
  Alert alert;
  const std::string status = object.text("status");
  if (status != "firing" && status != "resolved") {
    object.refuse("status",
                  fmt::format("'{}' is neither firing nor resolved", printable(status, 40)));
  }
  alert.firing = status == "firing";
  alert.labels = read_labels(object, path, problem);
  alert.fingerprint = object.text("fingerprint");
  if (alert.fingerprint.empty()) alert.fingerprint = fingerprint_of(alert.labels);
  const std::string starts_at = object.text("startsAt");
  if (starts_at.empty()) return alert;
  const auto time = parse_time(starts_at);
  if (time) {
    alert.starts_at = *time;
  } else {
    object.refuse("startsAt", time.error().message);
  }
  return alert;
}

Delivery read_delivery(JsonObject& body, std::optional<Error>& problem) {
  Delivery delivery;
  const std::string version = body.text("version", "4");
  if (version != "4" && version != "1") {  // 1: Grafana's, of the same shape
    body.refuse("version", fmt::format("'{}' is not known here, 4 is", printable(version, 40)));
  }
  delivery.receiver = body.text("receiver");
  delivery.group_key = body.text("groupKey");
  delivery.truncated = body.number("truncatedAlerts");
  const auto& alerts = body.array("alerts", limits::kAlerts);
  for (std::size_t i = 0; i < alerts.size() && !problem; ++i) {
    delivery.alerts.push_back(read_alert(alerts[i], fmt::format("alerts[{}]", i), problem));
  }
  return delivery;
}

// The value of an action; drain, maint and ready have it in their name.
Result<Value> value_of(Action action, const std::string& text) {
  switch (action) {
    case Action::drain:
    case Action::maint:
    case Action::ready:
      if (!text.empty()) return fail(ErrorCode::invalid, "{} takes no value", to_string(action));
      return parse_value(Setting::state, to_string(action));
    case Action::weight:
      if (text == "default") return control::kOwnWeight;
      return parse_value(Setting::weight, text);
    case Action::health:
      if (text == "auto") return Value{Setting::health, control::kByChecks};
      return parse_value(Setting::health, text);
    case Action::checks:
      return parse_value(Setting::checks, text);
    case Action::adopt:
      if (!text.empty()) return fail(ErrorCode::invalid, "adopt takes no value");
      return control::kAdopted;
    case Action::add:
    case Action::remove:
    case Action::rollout:
      break;
  }
  return fail(ErrorCode::invalid, "{} is not an action of the webhook's; see /api/v1/openapi.yaml",
              to_string(action));
}

void read_value(JsonObject& object, ManualAction& into) {
  object.require("action");
  const auto action = control::parse_action(object.text("action"));
  if (!action) return object.refuse("action", action.error().message);
  const auto value = value_of(*action, object.text_or_number("value"));
  if (value) {
    into.value = *value;
  } else {
    object.refuse("value", value.error().message);
  }
}

std::string read_name(JsonObject& object, std::string_view key) {
  object.require(key);
  std::string name = object.text(key);
  if (!control::valid_haproxy_name(name)) {
    object.refuse(key, fmt::format("'{}' cannot be a name: names have letters, digits and _ : . -",
                                   printable(name, 80)));
  }
  return name;
}

void read_lease(JsonObject& object, ManualAction& into) {
  if (!object.has("for")) return;
  const std::string text = object.text("for");
  if (text == "unlimited") {
    into.lease = std::chrono::milliseconds(0);
    return;
  }
  const auto lease = parse_duration(text);
  if (lease) {
    into.lease = *lease;
  } else {
    object.refuse("for", lease.error().message);
  }
}

Result<std::uint16_t> parse_percent(std::string_view text) {
  const auto value = parse_value(Setting::weight, text);
  if (value && value->percent) return value->level;
  return fail(ErrorCode::invalid, "'{}' is not a percentage from 0% to 100%", printable(text, 40));
}

void read_ramp(JsonObject& object, ManualAction& into, std::optional<Error>& problem) {
  const nlohmann::json* found = object.find("ramp");
  if (found == nullptr) return;
  if (into.value.setting != Setting::weight || !into.value.percent) {
    return object.refuse("ramp", "it needs a weight in percent to end at");
  }
  JsonObject ramp(*found, object.path_of("ramp"), problem);
  ramp.require("from");
  ramp.require("over");
  const auto from = parse_percent(ramp.text("from"));
  if (!from) ramp.refuse("from", from.error().message);
  const auto over = parse_duration(ramp.text("over"));
  if (!over) ramp.refuse("over", over.error().message);
  if (over && (over->count() == 0 || *over > limits::kStepMost)) {
    ramp.refuse("over", "from 1ms to " + format_duration(limits::kStepMost));
  }
  ramp.end();
  if (from && over) into.ramp = ManualAction::Climb{*from, *over};
}

ManualAction read_action(JsonObject& object, std::optional<Error>& problem) {
  ManualAction action;
  read_value(object, action);
  action.backend = read_name(object, "backend");
  action.server = read_name(object, "server");
  if (object.has("instance")) action.instance = read_name(object, "instance");
  read_lease(object, action);
  read_ramp(object, action, problem);
  action.reason = object.text("reason");
  action.force = object.flag("force");
  const std::string back = object.text("return", "safe");
  if (back != "safe" && back != "immediate") {
    object.refuse("return", "it is safe or immediate");
  }
  action.return_safely = back == "safe";
  if (action.value == control::kAdopted && (action.lease || action.force)) {
    object.refuse(action.force ? "force" : "for", "adopt takes none: it makes no override");
  }
  return action;
}

ManualRequest read_manual(JsonObject& body, std::optional<Error>& problem) {
  ManualRequest request;
  request.dry_run = body.flag("dry_run");
  if (!body.has("actions")) {
    request.actions.push_back(read_action(body, problem));
    body.end();
    return request;
  }
  const auto& actions = body.array("actions", limits::kActions);
  if (actions.empty()) body.refuse("actions", "it is empty");
  body.end();
  for (std::size_t i = 0; i < actions.size() && !problem; ++i) {
    JsonObject object(actions[i], fmt::format("actions[{}]", i), problem);
    request.actions.push_back(read_action(object, problem));
    object.end();
  }
  return request;
}

}  // namespace

Result<control::Payload> parse_payload(std::string_view text) {
  if (text.size() > limits::kControlBodyBytes) {
    return fail(ErrorCode::limit, "more than {} bytes", limits::kControlBodyBytes);
  }
  const auto parsed = parse_json(text);
  if (!parsed) return tl::unexpected(parsed.error());
  std::optional<Error> problem;
  JsonObject body(*parsed, "", problem);
  const bool alerts = body.has("alerts");
  const int shapes = alerts + body.has("action") + body.has("actions");
  if (shapes != 1) {
    body.refuse("the body", shapes > 1 ? "send only one of alerts, action and actions"
                                       : "it has no alerts (as Alertmanager sends them), no action "
                                         "and no actions");
  }
  control::Payload payload;
  if (!problem && alerts) payload = read_delivery(body, problem);
  if (!problem && !alerts) payload = read_manual(body, problem);
  if (problem) return tl::unexpected(*std::move(problem));
  return payload;
}

}  // namespace steward::http
