#include "steward/http/control_json.hpp"

namespace steward::http {
namespace {

void put(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

void put(Json& json, const char* key, const std::optional<Time>& time) {
  if (time) json[key] = format_time(*time);
}

Json origin_of(const control::Origin& origin) {
  Json json{{"kind", origin.manual ? "manual" : "alert"}, {"principal", origin.principal}};
  if (origin.manual) return json;
  put(json, "rule", origin.rule);
  put(json, "fingerprint", origin.fingerprint);
  put(json, "group_key", origin.group_key);
  put(json, "receiver", origin.receiver);
  json["starts_at"] = format_time(origin.starts_at);
  return json;
}

const char* mode_of(const control::Outcome& outcome, bool dry_run) {
  if (dry_run) return "dry_run";
  return outcome.mode == control::Mode::shadow ? "shadow" : "enforce";
}

}  // namespace

Json to_json(const control::Override& o) {
  Json json{{"id", o.id},
            {"instance", o.target.instance},
            {"backend", o.target.backend},
            {"server", o.target.server},
            {"setting", to_string(o.value.setting)},
            {"value", to_string(o.value)},
            {"phase", to_string(o.phase)}};
  if (o.guard != control::Guard::none) json["guard"] = to_string(o.guard);
  put(json, "detail", o.detail);
  put(json, "reason", o.reason);
  json["origin"] = origin_of(o.origin);
  json["created"] = format_time(o.created);
  put(json, "expires", o.expires);
  put(json, "admitted", o.admitted);
  put(json, "ended", o.ended);
  if (o.end != control::End::none) json["end"] = to_string(o.end);
  put(json, "ended_by", o.ended_by);
  json["forced"] = o.forced;
  json["attempts"] = o.attempts;
  return json;
}

Json to_json(const ledger::AuditLine& line) {
  const control::AuditRecord& r = line.record;
  Json json{{"sequence", line.sequence}, {"time", format_time(r.time)}, {"event", r.event}};
  put(json, "request", r.request);
  put(json, "principal", r.principal);
  put(json, "source", r.source);
  put(json, "rule", r.rule);
  put(json, "alert", r.alert);
  put(json, "override", r.override_id);
  put(json, "target", r.target);
  put(json, "setting", r.setting);
  put(json, "before", r.before);
  put(json, "after", r.after);
  put(json, "verdict", r.verdict);
  put(json, "command", r.command);
  put(json, "answer", r.answer);
  if (!r.command.empty()) json["duration_us"] = r.duration.count();
  json["previous"] = line.previous;
  json["hash"] = line.hash;
  return json;
}

Json to_json(const ledger::Automation& automation) {
  Json json{{"paused", automation.paused}};
  put(json, "by", automation.by);
  put(json, "reason", automation.reason);
  if (automation.since != Time{}) json["since"] = format_time(automation.since);
  return json;
}

Json to_json(const control::Outcome& outcome, bool dry_run,
             const std::map<std::string, control::Override>& phases) {
  Json json;
  if (outcome.alert.empty()) {
    json["action"] = outcome.index;
  } else {
    json["alert"] = outcome.alert;
  }
  json["result"] = to_string(outcome.did);
  json["mode"] = mode_of(outcome, dry_run);
  put(json, "override", outcome.override_id);
  if (outcome.target) {
    put(json, "instance", outcome.target->instance);
    put(json, "backend", outcome.target->backend);
    put(json, "server", outcome.target->server);
  }
  if (outcome.value) {
    json["setting"] = to_string(outcome.value->setting);
    json["value"] = to_string(*outcome.value);
  }
  put(json, "rule", outcome.rule);
  if (outcome.guard != control::Guard::none) json["guard"] = to_string(outcome.guard);
  put(json, "reason", outcome.reason);
  const auto now = phases.find(outcome.override_id);
  if (now == phases.end()) return json;
  json["phase"] = to_string(now->second.phase);
  put(json, "detail", now->second.detail);
  return json;
}

std::string write(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace steward::http
