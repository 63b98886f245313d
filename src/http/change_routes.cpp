#include "steward/http/change_routes.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "steward/base/duration.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/http/change_requests.hpp"
#include "steward/http/control_json.hpp"
#include "steward/http/problem.hpp"

namespace steward::http {
namespace {

using control::Membership;
using control::Role;
using control::Rollout;

constexpr int kAccepted = 202;  // durable; HAProxy is about to be told

Json list_of(const control::Memberships& all) {
  Json list = Json::array();
  for (const Membership& each : all) list.push_back(to_json(each));
  return list;
}

// "fail" and "true" of a query.
Result<bool> flag_of(const Call& call, const char* name) {
  const std::string text = call.query(name);
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return fail(ErrorCode::invalid, "{}: '{}' is neither true nor false", name, printable(text, 40));
}

Result<control::RemoveRequest> removal_of(const Call& call) {
  control::RemoveRequest request;
  request.backend = call.path.at("backend");
  request.server = call.path.at("server");
  if (const auto instance = call.query("instance"); !instance.empty()) request.instance = instance;
  if (const auto text = call.query("timeout"); !text.empty()) {
    const auto timeout = parse_duration(text);
    if (!timeout) return fail(ErrorCode::invalid, "timeout: {}", timeout.error().message);
    if (*timeout > limits::kStepMost) {
      return fail(ErrorCode::invalid, "timeout: at most {}", format_duration(limits::kStepMost));
    }
    request.timeout = *timeout;
  }
  if (const auto text = call.query("on_timeout"); !text.empty()) {
    const auto cut = parse_cut(text);
    if (!cut) return fail(ErrorCode::invalid, "on_timeout: {}", cut.error().message);
    request.cut = *cut;
  }
  const auto force = flag_of(call, "force");
  if (!force) return tl::unexpected(force.error());
  request.force = *force;
  request.reason = call.query("reason");
  if (request.reason.size() <= limits::kLabelBytes) return request;
  return fail(ErrorCode::invalid, "reason: more than {} bytes", limits::kLabelBytes);
}

auto memberships_of(const Call& call) {
  return [&call](const control::Memberships& all) {
    return Json{{"request", call.caller.request}, {"memberships", list_of(all)}};
  };
}

// What HAProxy would be told of each.
auto plan_of(const Call& call) {
  return [&call](const control::Memberships& all) {
    Json json = memberships_of(call)(all);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Membership& each = all[i];
      json["memberships"][i]["command"] =
          fmt::format("add server {}/{} {} {}", each.target.backend, each.target.server,
                      each.address, each.options);
    }
    return json;
  };
}

class ChangeRoutes {
 public:
  explicit ChangeRoutes(ControlParts parts) : parts_(std::move(parts)) {}

  Response add(const Call& call) const {
    const auto body = parse_add(call.request.body, call.path.at("backend"), call.path.at("server"));
    if (!body) return malformed(call, body.error());
    const auto added = parts_.keeper.add(body->request, call.caller, body->dry_run);
    if (body->dry_run) return answer(call, added, true, plan_of(call));
    return answer(call, added, false, memberships_of(call));
  }

  Response remove(const Call& call) const {
    const auto request = removal_of(call);
    const auto dry_run = flag_of(call, "dry_run");
    if (!request) return malformed(call, request.error());
    if (!dry_run) return malformed(call, dry_run.error());
    const auto removed = parts_.keeper.remove(*request, call.caller, *dry_run);
    return answer(call, removed, *dry_run, memberships_of(call));
  }

  Response memberships(const Call& call) const {
    control::Memberships all = parts_.keeper.memberships();
    const std::string backend = call.query("backend"), stage = call.query("stage");
    if (const auto known = control::parse_stage(stage); !stage.empty() && !known) {
      return problem_of(known.error());
    }
    std::erase_if(all, [&](const Membership& each) {
      return (!backend.empty() && each.target.backend != backend) ||
             (!stage.empty() && to_string(each.stage) != stage);
    });
    return json_answer(200, write({{"memberships", list_of(all)}}));
  }

  Response membership(const Call& call) const {
    return one_of(call, parts_.keeper.memberships(), "membership");
  }

  Response end_membership(const Call& call) const {
    const auto ended = parts_.keeper.end_membership(call.path.at("id"), call.caller);
    return answer(call, ended, true, [](const Membership& each) { return to_json(each); });
  }

  Response start(const Call& call) const {
    const auto body = parse_rollout(call.request.body);
    if (!body) return malformed(call, body.error());
    const auto started = parts_.keeper.start(body->request, call.caller, body->dry_run);
    return answer(call, started, body->dry_run, [](const Rollout& each) { return to_json(each); });
  }

  Response rollouts(const Call& call) const {
    const std::string phase = call.query("phase");
    if (const auto known = control::parse_rollout_phase(phase); !phase.empty() && !known) {
      return problem_of(known.error());
    }
    Json list = Json::array();
    for (const Rollout& each : parts_.keeper.rollouts()) {
      if (phase.empty() || to_string(each.phase) == phase) list.push_back(to_json(each));
    }
    return json_answer(200, write({{"rollouts", std::move(list)}}));
  }

  Response rollout(const Call& call) const {
    return one_of(call, parts_.keeper.rollouts(), "rollout");
  }

  Response change(const Call& call) const {
    const auto what = control::parse_rollout_change(call.path.at("change"));
    if (!what) return problem(404, "not_found", what.error().message);
    const auto body = parse_change(call.request.body);
    if (!body) return malformed(call, body.error());
    const auto changed =
        parts_.keeper.change(call.path.at("id"), *what, body->server, body->reason, call.caller);
    return answer(call, changed, true, [](const Rollout& each) { return to_json(each); });
  }

 private:
  Response malformed(const Call& call, const Error& error) const {
    return refused_call(parts_, call, problem_of(error), error.message);
  }

  // `done`: there is nothing to wait for.
  template <class T, class Write>
  Response answer(const Call& call, const Result<daemon::Keeper::Asked<T>>& asked, bool done,
                  const Write& write_it) const {
    if (!asked) return problem_of(asked.error());
    const auto& verdict = *asked;
    if (verdict) return json_answer(done ? 200 : kAccepted, write(write_it(*verdict)));
    const control::Refusal& refusal = verdict.error();
    return refused_call(parts_, call, problem_of(refusal.guard, refusal.detail),
                        fmt::format("{}: {}", to_string(refusal.guard), refusal.detail));
  }

  template <class T>
  Response one_of(const Call& call, const std::vector<T>& all, const char* what) const {
    const std::string& id = call.path.at("id");
    const auto found = std::ranges::find(all, id, &T::id);
    if (found != all.end()) return json_answer(200, write(to_json(*found)));
    return problem(404, "not_found", fmt::format("there is no {} {}", what, printable(id, 40)));
  }

  const ControlParts parts_;
};

}  // namespace

std::vector<Route> change_routes(const ControlParts& parts) {
  const auto all = std::make_shared<const ChangeRoutes>(parts);
  const auto to = [&all](Response (ChangeRoutes::*answer)(const Call&) const) {
    return [all, answer](const Call& call) { return ((*all).*answer)(call); };
  };
  const std::string server = "/api/v1/servers/{backend}/{server}";
  const std::string memberships = "/api/v1/memberships", rollouts = "/api/v1/rollouts";
  return {
      {"POST", server, Role::admin, "add", true, {}, to(&ChangeRoutes::add)},
      {"DELETE",
       server,
       Role::admin,
       "remove",
       false,
       {"instance", "timeout", "on_timeout", "force", "reason", "dry_run"},
       to(&ChangeRoutes::remove)},
      {"GET",
       memberships,
       Role::viewer,
       "memberships",
       false,
       {"backend", "stage"},
       to(&ChangeRoutes::memberships)},
      {"GET",
       memberships + "/{id}",
       Role::viewer,
       "membership",
       false,
       {},
       to(&ChangeRoutes::membership)},
      {"DELETE",
       memberships + "/{id}",
       Role::admin,
       "end_membership",
       false,
       {},
       to(&ChangeRoutes::end_membership)},
      {"GET", rollouts, Role::viewer, "rollouts", false, {"phase"}, to(&ChangeRoutes::rollouts)},
      {"POST", rollouts, Role::operator_, "rollout_start", true, {}, to(&ChangeRoutes::start)},
      {"GET", rollouts + "/{id}", Role::viewer, "rollout", false, {}, to(&ChangeRoutes::rollout)},
      {"POST",
       rollouts + "/{id}/{change}",
       Role::operator_,
       "rollout_change",
       true,
       {},
       to(&ChangeRoutes::change)},
  };
}

}  // namespace steward::http
