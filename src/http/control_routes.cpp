#include "steward/http/control_routes.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>
#include <utility>

#include "steward/base/duration.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/control/records.hpp"
#include "steward/http/change_routes.hpp"
#include "steward/http/control_json.hpp"
#include "steward/http/event_stream.hpp"
#include "steward/http/json.hpp"
#include "steward/http/openapi.hpp"
#include "steward/http/payload.hpp"
#include "steward/http/problem.hpp"
#include "steward/http/server_list.hpp"
#include "steward/http/signature.hpp"
#include "steward/http/token_bucket.hpp"

namespace steward::http {
namespace {

using control::Role;
using std::chrono::steady_clock;

bool has(const Call& call, std::string_view name) {
  return std::ranges::any_of(call.request.query,
                             [&](const auto& each) { return each.first == name; });
}

// ?wait=5s
Result<std::chrono::milliseconds> wait_of(const Call& call) {
  if (!has(call, "wait")) return std::chrono::milliseconds(0);
  const auto wait = parse_duration(call.query("wait"));
  if (!wait) return fail(ErrorCode::invalid, "wait: {}", wait.error().message);
  if (*wait <= limits::kWaitMost) return *wait;
  return fail(ErrorCode::invalid, "wait: at most {}", format_duration(limits::kWaitMost));
}

constexpr std::uint64_t kSequenceMost = std::numeric_limits<std::int64_t>::max();

// Sequence numbers and page sizes of a query.
Result<std::uint64_t> number_of(const Call& call, const char* name, std::uint64_t otherwise,
                                std::uint64_t most = kSequenceMost, std::uint64_t least = 1) {
  if (!has(call, name)) return otherwise;
  const auto number = parse_number<std::uint64_t>(call.query(name));
  if (number && *number >= least && *number <= most) return *number;
  return fail(ErrorCode::invalid, "{}: '{}' is not a number from {} to {}", name,
              printable(call.query(name), 40), least, most);
}

class Routes {
 public:
  explicit Routes(ControlParts parts) : parts_(std::move(parts)) {}

  // A call of somebody that came to nothing: the audit has it, as far as it can be written.
  Response refused(const Call& call, Response response, std::string_view why) const {
    control::AuditRecord line = control::record_of(
        response.status == 403 ? control::Event::denied : control::Event::rejected,
        parts_.keeper.now(), call.caller);
    line.verdict = fmt::format("{} {}: {} {}", call.request.method,
                               printable(call.request.path, 80), response.status, printable(why));
    (void)parts_.keeper.note(std::move(line));
    return response;
  }

  Response webhook(const Call& call) const {
    const auto payload = parse_payload(call.request.body);
    if (!payload) return refused(call, problem_of(payload.error()), payload.error().message);
    const auto wait = wait_of(call);
    if (!wait) return problem_of(wait.error());
    return take(call, *payload, *wait);
  }

  Response take(const Call& call, const control::Payload& payload,
                std::chrono::milliseconds wait) const {
    const auto* manual = std::get_if<control::ManualRequest>(&payload);
    const auto report = parts_.keeper.take(payload, call.caller);
    if (!report) return problem_of(report.error());
    return json_answer(200, write(report_json(call, *report, manual && manual->dry_run, wait)));
  }

  Json report_json(const Call& call, const control::Report& report, bool dry_run,
                   std::chrono::milliseconds wait) const {
    std::map<std::string, control::Override> phases;
    if (wait.count() > 0) {
      std::set<std::string> ids;
      for (const auto& outcome : report.outcomes) {
        if (!outcome.override_id.empty()) ids.insert(outcome.override_id);
      }
      for (auto& each : parts_.keeper.wait({ids.begin(), ids.end()}, steady_clock::now() + wait)) {
        const std::string id = each.id;
        phases.emplace(id, std::move(each));
      }
    }
    Json json{{"request", call.caller.request}, {"results", Json::array()}};
    for (const auto& outcome : report.outcomes) {
      json["results"].push_back(to_json(outcome, dry_run, phases));
    }
    if (report.truncated > 0) json["truncated"] = report.truncated;
    return json;
  }

  Response evaluate(const Call& call) const {
    const auto payload = parse_payload(call.request.body);
    if (!payload) return problem_of(payload.error());
    const control::Report report = parts_.keeper.evaluate(*payload, call.caller);
    return json_answer(200, write(report_json(call, report, true, {})));
  }

  // One manual action; a refusal is an error here, for there is nothing else in the answer.
  Response create(const Call& call) const {
    const auto payload = parse_payload(call.request.body);
    if (!payload) return refused(call, problem_of(payload.error()), payload.error().message);
    const auto* manual = std::get_if<control::ManualRequest>(&*payload);
    if (manual == nullptr || manual->actions.size() != 1) {
      return problem(400, "malformed", "one action is wanted here; several go to /webhook");
    }
    const auto wait = wait_of(call);
    if (!wait) return problem_of(wait.error());
    const auto report = parts_.keeper.take(*payload, call.caller);
    if (!report) return problem_of(report.error());
    const auto& all = report->outcomes;
    const bool none = std::ranges::all_of(
        all, [](const auto& each) { return each.did == control::Did::rejected; });
    if (none && !all.empty()) return problem_of(all.front().guard, all.front().reason);
    const bool created = std::ranges::any_of(
        all, [](const auto& each) { return each.did == control::Did::created; });
    return json_answer(created && !manual->dry_run ? 201 : 200,
                       write(report_json(call, *report, manual->dry_run, *wait)));
  }

  Response overrides(const Call& call) const {
    const auto most = number_of(call, "limit", 100, limits::kOverridePage);
    if (!most) return problem_of(most.error());
    ledger::OverrideQuery query;
    query.instance = call.query("instance");
    query.backend = call.query("backend");
    query.server = call.query("server");
    query.before_id = call.query("before");
    query.most = *most;
    const std::string phases = call.query("phase");
    for (const auto phase : split(phases, ',')) {
      if (phases.empty()) break;
      const auto parsed = control::parse_phase(phase);
      if (!parsed) return problem_of(parsed.error());
      query.phases.push_back(*parsed);
    }
    const auto found = parts_.ledger.overrides(query);
    if (!found) return problem_of(found.error());
    Json json{{"overrides", Json::array()}};
    for (const auto& each : *found) json["overrides"].push_back(to_json(each));
    if (found->size() == query.most) json["next"] = found->back().id;
    return json_answer(200, write(json));
  }

  Response override_of(const Call& call) const {
    const auto found = parts_.ledger.find(call.path.at("id"));
    if (!found) return problem_of(found.error());
    if (*found) return json_answer(200, write(to_json(**found)));
    return problem(404, "not_found",
                   fmt::format("there is no override {}", printable(call.path.at("id"), 40)));
  }

  Response release(const Call& call) const {
    const auto wait = wait_of(call);
    if (!wait) return problem_of(wait.error());
    auto released = parts_.keeper.release(call.path.at("id"), call.caller);
    if (!released) {
      return refused(call, problem_of(released.error()), released.error().message);
    }
    if (wait->count() > 0) {
      auto now = parts_.keeper.wait({released->id}, steady_clock::now() + *wait);
      if (!now.empty()) *released = std::move(now.front());
    }
    return json_answer(200, write(to_json(*released)));
  }

  Response audit(const Call& call) const {
    const auto after = number_of(call, "after", 0, kSequenceMost, 0);
    const auto before = number_of(call, "before", 0);
    const auto most = number_of(call, "limit", 100, limits::kAuditPage);
    for (const auto* number : {&after, &before, &most}) {
      if (!*number) return problem_of(number->error());
    }
    const std::string order = call.query("order");
    if (has(call, "order") && order != "oldest" && order != "newest") {
      return problem(400, "malformed", "order: it is oldest or newest");
    }
    ledger::AuditQuery query;
    query.after = *after;
    if (*before > 0) query.before = *before;
    query.most = *most;
    query.newest_first = order == "newest";
    query.target = call.query("target");
    query.principal = call.query("principal");
    query.override_id = call.query("override");
    query.event = call.query("event");
    const auto lines = parts_.ledger.audit(query);
    if (!lines) return problem_of(lines.error());
    Json json{{"lines", Json::array()}};
    for (const auto& each : *lines) json["lines"].push_back(to_json(each));
    return json_answer(200, write(json));
  }

  Response verify(const Call&) const {
    const auto report = parts_.ledger.verify();
    if (!report) return problem_of(report.error());
    Json json{{"intact", !report->broken_at}, {"first", report->first}, {"last", report->last}};
    if (report->broken_at) json["broken_at"] = *report->broken_at;
    return json_answer(200, write(json));
  }

  Response automation(const Call&) const {
    return json_answer(200, write(to_json(parts_.keeper.automation())));
  }

  Response set_automation(const Call& call) const {
    const auto json = parse_json(call.request.body);
    if (!json) return problem_of(json.error());
    std::optional<Error> wrong;
    JsonObject object(*json, "", wrong);
    object.require("paused");
    const bool paused = object.flag("paused");
    const std::string reason = object.text("reason");
    object.end();
    if (wrong) return refused(call, problem_of(*wrong), wrong->message);
    const auto now = parts_.keeper.set_automation(paused, reason, call.caller);
    return now ? json_answer(200, write(to_json(*now))) : problem_of(now.error());
  }

  Response servers(const Call& call) const {
    return json_answer(200, write(server_list(parts_.keeper, parts_.statistics(),
                                              call.query("instance"), call.query("backend"))));
  }

  Response holds(const Call& call) const {
    Json json{{"holds", Json::array()}};
    const auto all = parts_.holds ? parts_.holds() : std::map<std::string, daemon::HoldFiles>();
    for (const auto& [instance, files] : all) {
      if (has(call, "instance") && call.query("instance") != instance) continue;
      json["holds"].push_back(
          {{"instance", instance}, {"hold_file", files.hold}, {"state_file", files.state}});
    }
    return json_answer(200, write(json));
  }

  Response reload(const Call& call) const {
    const auto done = parts_.reload();
    control::AuditRecord line =
        control::record_of(done ? control::Event::reloaded : control::Event::rejected,
                           parts_.keeper.now(), call.caller);
    line.verdict = done ? "" : "reload: " + done.error().message;
    (void)parts_.keeper.note(std::move(line));
    if (done) return json_answer(200, R"({"reloaded":true})");
    return problem(422, "invalid_configuration", done.error().message);
  }

  Response events(const Call& call) const {
    return event_stream(call, parts_.keeper, parts_.ledger);
  }

  static Response description(const Call&) {
    Response response = json_answer(200, std::string(openapi()));
    response.content_type = "application/yaml";
    return response;
  }

 private:
  const ControlParts parts_;
};

}  // namespace

std::vector<Route> control_routes(const ControlParts& parts) {
  const auto all = std::make_shared<const Routes>(parts);
  const auto to = [&all](Response (Routes::*answer)(const Call&) const) {
    return [all, answer](const Call& call) { return ((*all).*answer)(call); };
  };
  const std::string overrides = "/api/v1/overrides", automation = "/api/v1/automation";
  std::vector<Route> routes{
      {"POST", "/webhook", Role::operator_, "webhook", true, {"wait"}, to(&Routes::webhook)},
      {"GET",
       "/api/v1/servers",
       Role::viewer,
       "servers",
       false,
       {"instance", "backend"},
       to(&Routes::servers)},
      {"GET", "/api/v1/holds", Role::viewer, "holds", false, {"instance"}, to(&Routes::holds)},
      {"GET",
       overrides,
       Role::viewer,
       "overrides",
       false,
       {"phase", "instance", "backend", "server", "before", "limit"},
       to(&Routes::overrides)},
      {"POST", overrides, Role::operator_, "create", true, {"wait"}, to(&Routes::create)},
      {"GET", overrides + "/{id}", Role::viewer, "override", false, {}, to(&Routes::override_of)},
      {"DELETE",
       overrides + "/{id}",
       Role::operator_,
       "release",
       false,
       {"wait"},
       to(&Routes::release)},
      {"GET",
       "/api/v1/audit",
       Role::viewer,
       "audit",
       false,
       {"after", "before", "order", "target", "principal", "override", "event", "limit"},
       to(&Routes::audit)},
      {"GET", "/api/v1/audit/verify", Role::viewer, "verify", false, {}, to(&Routes::verify)},
      {"GET", automation, Role::viewer, "automation", false, {}, to(&Routes::automation)},
      {"POST", automation, Role::operator_, "pause", true, {}, to(&Routes::set_automation), true},
      {"GET", "/api/v1/events", Role::viewer, "events", false, {"after"}, to(&Routes::events)},
      {"POST", "/api/v1/evaluate", Role::viewer, "evaluate", true, {}, to(&Routes::evaluate)},
      {"GET", "/api/v1/openapi.yaml", Role::viewer, "openapi", false, {}, Routes::description},
      {"POST", "/-/reload", Role::admin, "reload", false, {}, to(&Routes::reload), true},
  };
  std::ranges::move(change_routes(parts), std::back_inserter(routes));
  return routes;
}

Response refused_call(const ControlParts& parts, const Call& call, Response response,
                      std::string_view why) {
  return Routes(parts).refused(call, std::move(response), why);
}

}  // namespace steward::http
