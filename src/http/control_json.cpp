#include "steward/http/control_json.hpp"

#include "steward/base/duration.hpp"

namespace steward::http {
namespace {

void put(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

void put(Json& json, const char* key, const std::optional<Time>& time) {
  if (time) json[key] = format_time(*time);
}

Json origin_of(const control::Origin& origin) {
  Json json{{"kind", origin.from_alert() ? "alert" : "manual"},
            {"owner", to_string(origin.kind)},
            {"principal", origin.principal}};
  put(json, "part_of", origin.part_of);
  if (!origin.from_alert()) return json;
  put(json, "rule", origin.rule);
  put(json, "fingerprint", origin.fingerprint);
  put(json, "group_key", origin.group_key);
  put(json, "receiver", origin.receiver);
  json["starts_at"] = format_time(origin.starts_at);
  return json;
}

Json step_of(const control::RolloutStep& step) {
  Json json{{"out", step.out}};
  put(json, "in", step.in);
  put(json, "address", step.address);
  json["stage"] = to_string(step.stage);
  json["since"] = format_time(step.since);
  if (step.sessions) json["sessions"] = *step.sessions;
  put(json, "detail", step.detail);
  json["overrides"] = step.overrides;
  json["memberships"] = step.memberships;
  return json;
}

Json ramp_of(const control::Ramp& ramp) {
  return {{"from", fmt::format("{}%", ramp.from)},
          {"to", fmt::format("{}%", ramp.to)},
          {"begins", format_time(ramp.begins)},
          {"over", format_duration(ramp.over)}};
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
  if (o.ramp) json["ramp"] = ramp_of(*o.ramp);
  if (o.guard != control::Guard::none) json["guard"] = to_string(o.guard);
  put(json, "detail", o.detail);
  put(json, "reason", o.reason);
  json["origin"] = origin_of(o.origin);
  json["created"] = format_time(o.created);
  put(json, "expires", o.expires);
  put(json, "admitted", o.admitted);
  put(json, "in_force", o.in_force);
  if (o.suspension.now) json["suspended"] = true;
  put(json, "ended", o.ended);
  if (o.end != control::End::none) json["end"] = to_string(o.end);
  put(json, "ended_by", o.ended_by);
  json["forced"] = o.forced;
  json["attempts"] = o.attempts;
  return json;
}

Json to_json(const control::Membership& m) {
  Json json{{"id", m.id},
            {"instance", m.target.instance},
            {"backend", m.target.backend},
            {"server", m.target.server},
            {"wish", to_string(m.wish)},
            {"stage", to_string(m.stage)}};
  put(json, "address", m.address);
  put(json, "options", m.options);
  if (m.wish == control::Wish::absent) json["static"] = m.configured;
  if (m.sessions) json["sessions"] = *m.sessions;
  put(json, "detail", m.detail);
  put(json, "reason", m.reason);
  json["principal"] = m.principal;
  json["created"] = format_time(m.created);
  json["deadline"] = format_time(m.deadline);
  put(json, "ended", m.ended);
  put(json, "override", m.override_id);
  put(json, "rollout", m.rollout);
  json["forced"] = m.forced;
  json["attempts"] = m.attempts;
  return json;
}

Json to_json(const control::Rollout& rollout) {
  const control::RolloutTerms& terms = rollout.terms;
  Json json{{"id", rollout.id},
            {"backend", rollout.backend},
            {"instances", rollout.instances},
            {"phase", to_string(rollout.phase)}};
  put(json, "detail", rollout.detail);
  put(json, "reason", rollout.reason);
  json["principal"] = rollout.principal;
  json["created"] = format_time(rollout.created);
  put(json, "ended", rollout.ended);
  json["max_parallel"] = terms.max_parallel;
  json["drain_timeout"] = format_duration(terms.drain_timeout);
  json["on_timeout"] = terms.cut ? "cut" : "fail";
  json["approval"] = terms.approval;
  json["approval_timeout"] = format_duration(terms.approval_timeout);
  json["health_timeout"] = format_duration(terms.health_timeout);
  json["soak"] = format_duration(terms.soak);
  if (terms.max_5xx) json["max_5xx"] = *terms.max_5xx;
  json["rollback"] = terms.rollback;
  json["steps"] = Json::array();
  for (const auto& step : rollout.steps) json["steps"].push_back(step_of(step));
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
  put(json, "override", r.subject.id);
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
  for (const control::RuleVerdict& each : outcome.rules) {
    Json rule{{"rule", each.rule}, {"matches", each.missed.empty()}};
    put(rule, "missed", each.missed);
    json["rules"].push_back(std::move(rule));
  }
  for (const control::Refusal& each : outcome.guards) {
    Json guard{{"guard", to_string(each.guard)}, {"passes", each.detail.empty()}};
    put(guard, "reason", each.detail);
    json["guards"].push_back(std::move(guard));
  }
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
