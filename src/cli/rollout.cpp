#include "steward/cli/rollout.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <utility>

#include "steward/base/text.hpp"
#include "steward/cli/cli.hpp"
#include "steward/cli/rollout_view.hpp"
#include "steward/cli/shell.hpp"

namespace steward::cli {
namespace {

// Follows one rollout to its end.
class RolloutFollower {
 public:
  RolloutFollower(const Session& session, const RolloutRequest& request, Json rollout)
      : session_(session),
        request_(request),
        display_(session.display()),
        rollout_(std::move(rollout)),
        id_(text_at(rollout_, "id")) {}

  Done<void> run() {
    const auto polled = session_.poll(api_path({"rollouts", id_}), [this](const Json& now) {
      rollout_ = now;
      show();
      if (auto hooked = tend_hooks(); !hooked) return Done<bool>(tl::unexpected(hooked.error()));
      return Done<bool>(rollout_is_over(now));
    });
    display_.rest();
    if (!polled) return tl::unexpected(ended(polled.error()));
    return conclude();
  }

 private:
  void show() {
    Progress progress = progress_of(rollout_);
    progress.left = left_of(
        rollout_, std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
    if (!hooks_.empty()) progress.state += "; the hook runs";
    display_.show(progress);
  }

  // The hook is the approval: it runs once for each server that waits for one.
  Done<void> tend_hooks() {
    if (!request_.hook) return {};
    for (const std::string& server : steps_at(rollout_, "approval")) {
      if (hooked_.contains(server)) continue;
      display_.rest();
      auto hook = ShellCommand::start(*request_.hook, {{"STEWARD_BACKEND", request_.backend},
                                                       {"STEWARD_SERVER", server},
                                                       {"STEWARD_ROLLOUT", id_}});
      if (!hook) return abort(hook.error().message);
      hooked_.emplace(server, true);
      hooks_.emplace(server, *std::move(hook));
    }
    return reap_hooks();
  }

  Done<void> reap_hooks() {
    for (auto each = hooks_.begin(); each != hooks_.end();) {
      const auto code = each->second.ended();
      if (!code) {
        ++each;
        continue;
      }
      const std::string server = each->first;
      each = hooks_.erase(each);
      if (auto told = *code == 0 ? approve(server)
                                 : abort(fmt::format("the hook of {} failed "
                                                     "with {}",
                                                     server, *code));
          !told) {
        return told;
      }
    }
    return {};
  }

  // A rollout that was paused or aborted meanwhile wants no approval any more.
  Done<void> approve(const std::string& server) {
    const auto told =
        session_.call("POST", api_path({"rollouts", id_, "approve"}), Json{{"server", server}});
    if (told || told.error().code == refused) return {};
    return tl::unexpected(told.error());
  }

  Done<void> abort(const std::string& why) {
    problem_ = why;
    display_.rest();
    const auto told =
        session_.call("POST", api_path({"rollouts", id_, "abort"}), Json{{"reason", why}});
    if (told) return {};
    return tl::unexpected(Failure{told.error().code, why + "; " + told.error().message});
  }

  Done<void> conclude() {
    if (session_.json()) session_.out() << pretty(rollout_);
    const int code = code_of_rollout(rollout_);
    if (code == done) return {};
    const std::string detail = printable(text_at(rollout_, "detail"), 1'000);
    if (detail.find(problem_) != std::string::npos) problem_.clear();  // it was the abort's reason
    return tl::unexpected(Failure{
        code,
        fmt::format("rollout {}: {}{}{}{}{}", id_, printable(text_at(rollout_, "phase")),
                    problem_.empty() ? "" : ", ", problem_, detail.empty() ? "" : ", ", detail)});
  }

  Failure ended(const Failure& failure) {
    if (failure.code != interrupted || !failure.message.empty()) return failure;
    if (session_.alone()) {
      hooks_.clear();
      rollout_ = session_.take_back("POST", api_path({"rollouts", id_, "abort"}),
                                    Json{{"reason", "interrupted"}}, api_path({"rollouts", id_}),
                                    rollout_is_over);
    }
    const Progress at = progress_of(rollout_);
    if (session_.alone()) {
      return interrupted_now(fmt::format("interrupted; {}: {}", at.what, at.state));
    }
    const std::string hook = request_.hook ? "; servers that wait for the hook are waited for: " +
                                                 session_.command("rollouts " + id_ + " approve")
                                           : "";
    return interrupted_now(fmt::format(
        "interrupted; {}: {}; the daemon goes on with it{}; look at it with: {}; undo it with: {}",
        at.what, at.state, hook, session_.command("rollouts " + id_),
        session_.command("rollouts " + id_ + " abort")));
  }

  const Session& session_;
  const RolloutRequest& request_;
  Display display_;
  Json rollout_;
  const std::string id_;
  std::map<std::string, ShellCommand> hooks_;  // that run
  std::map<std::string, bool> hooked_;         // every server whose hook was run
  std::string problem_;
};

void tell(const Session& session, const Json& rollout) {
  session.out() << (session.json() ? pretty(rollout) : rollout_text(rollout, session.colour()));
}

Done<void> steer(const Session& session, const RecordFlags& flags) {
  constexpr std::array<std::string_view, 4> kActions{"pause", "resume", "approve", "abort"};
  const std::string& action = *flags.action;
  if (std::find(kActions.begin(), kActions.end(), action) == kActions.end()) {
    return tl::unexpected(
        Failure{usage, fmt::format("ACTION: '{}' is not one of {}", printable(action),
                                   fmt::join(kActions, ", "))});
  }
  if (flags.server && action != "approve") {
    return tl::unexpected(Failure{usage, "--server: it belongs to approve"});
  }
  Json body = Json::object();
  if (flags.server) body["server"] = *flags.server;
  if (flags.reason) body["reason"] = *flags.reason;
  const auto told = session.call("POST", api_path({"rollouts", *flags.id, action}), body);
  if (!told) return tl::unexpected(told.error());
  tell(session, *told);
  return {};
}

}  // namespace

Done<void> rollout(const Session& session, const RolloutRequest& request) {
  auto begun = session.call("POST", api_path({"rollouts"}), request.body);
  if (!begun) return tl::unexpected(begun.error());
  if (request.detach || request.dry_run) {
    if (request.dry_run && !session.json()) session.out() << "a dry run, nothing is done:\n";
    tell(session, *begun);
    return {};
  }
  return RolloutFollower(session, request, *std::move(begun)).run();
}

Done<void> rollouts(const Session& session, const RecordFlags& flags) {
  if (flags.action) return steer(session, flags);
  if (flags.server || flags.reason) {
    return tl::unexpected(Failure{usage, "--server, --reason: they belong to an ACTION"});
  }
  const auto got =
      session.call("GET", flags.id ? api_path({"rollouts", *flags.id}) : api_path({"rollouts"}));
  if (!got) return tl::unexpected(got.error());
  if (flags.id) {
    tell(session, *got);
  } else {
    session.out() << (session.json() ? pretty(*got)
                                     : to_text(rollouts_table(*got), session.colour()));
  }
  return {};
}

}  // namespace steward::cli
