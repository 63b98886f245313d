#include "steward/cli/membership.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <ostream>
#include <string_view>
#include <vector>

#include "steward/base/text.hpp"
#include "steward/base/time.hpp"
#include "steward/cli/act_view.hpp"
#include "steward/cli/cli.hpp"

namespace steward::cli {
namespace {

using std::chrono::milliseconds;

struct MembershipProgress {
  std::string_view name;
  double part;  // of the way
  bool over;
};
constexpr std::array<MembershipProgress, 10> kMembershipProgress{{{"adding", 0.1, false},
                                                                  {"joining", 0.5, false},
                                                                  {"present", 1, true},
                                                                  {"draining", 0.1, false},
                                                                  {"deleting", 0.9, false},
                                                                  {"absent", 1, true},
                                                                  {"undoing", 0.9, false},
                                                                  {"failed", 1, true},
                                                                  {"yielded", 1, true},
                                                                  {"ended", 1, true}}};

const MembershipProgress* membership_progress(const Json& membership) {
  const std::string name = text_at(membership, "stage");
  const auto* found =
      std::find_if(kMembershipProgress.begin(), kMembershipProgress.end(),
                   [&](const MembershipProgress& stage) { return stage.name == name; });
  return found == kMembershipProgress.end() ? nullptr : found;
}

std::int64_t sessions_of(const Json& membership) {
  return parse_number<std::int64_t>(text_at(membership, "sessions")).value_or(0);
}

std::optional<milliseconds> time_left(const Json& membership) {
  const auto deadline = parse_time(text_at(membership, "deadline"));
  if (!deadline || is_over(membership)) return std::nullopt;
  return std::chrono::ceil<milliseconds>(*deadline - std::chrono::system_clock::now());
}

// Follows the memberships of one request to their ends.
class MembershipFollower {
 public:
  MembershipFollower(const Session& session, const MembershipRequest& request, std::string verb)
      : session_(session), request_(request), verb_(std::move(verb)), display_(session.display()) {}

  Done<void> run(const std::string& method) {
    auto told = session_.call(method, request_.path, request_.body);
    if (!told) return tl::unexpected(told.error());
    reply_ = *std::move(told);
    if (request_.dry_run) return tell_commands();
    for (Json& membership : reply_["memberships"]) {
      if (auto followed = follow(membership); !followed) return followed;
    }
    return conclude();
  }

 private:
  Done<void> follow(Json& membership) {
    std::int64_t most = 0;
    const auto path = api_path({"memberships", text_at(membership, "id")});
    const auto polled = session_.poll(path, [&](const Json& now) {
      membership = now;
      most = std::max(most, sessions_of(now));
      display_.show(
          {verb_ + " " + target_of(now), part_of(now, most), state_words(now), time_left(now)});
      return Done<bool>(is_over(now));
    });
    display_.rest();
    if (polled) return {};
    if (polled.error().code != interrupted) return tl::unexpected(polled.error());
    if (session_.alone()) return take_back(membership);
    return tl::unexpected(interrupted_now(fmt::format(
        "interrupted; {}; the daemon goes on with it; undo it with: {}",
        membership_line(membership), session_.command("release " + text_at(membership, "id")))));
  }

  // What was being added goes, what was being removed serves again: then its override is over.
  Done<void> take_back(const Json& membership) {
    const auto path = api_path({"memberships", text_at(membership, "id")});
    const std::string out = text_at(membership, "override");
    const Json last =
        out.empty()
            ? session_.take_back("DELETE", path, nullptr, path, is_over)
            : session_.take_back("DELETE", path, nullptr, api_path({"overrides", out}),
                                 [](const Json& now) { return !text_at(now, "ended").empty(); });
    return tl::unexpected(interrupted_now(fmt::format("interrupted; {}: {}", target_of(membership),
                                                      undone_words(last, out.empty()))));
  }

  static std::string undone_words(const Json& last, bool added) {
    if (text_at(last, "ended").empty())
      return "it could not be undone in time, and is left as it is";
    if (!added) return "it is let go, " + printable(text_at(last, "detail"), 400);
    return text_at(last, "stage") == "failed" ? "it is gone again" : "it serves already, and stays";
  }

  static std::string state_words(const Json& membership) {
    const std::string line = membership_line(membership);
    const std::string head = target_of(membership) + ": ";
    return line.substr(std::min(head.size(), line.size()));
  }

  Done<void> tell_commands() {
    if (session_.json()) {
      session_.out() << pretty(reply_);
      return {};
    }
    for (const Json& membership : list_at(reply_, "memberships")) {
      const std::string command = text_at(membership, "command");
      session_.out() << fmt::format(
          "{}: {}\n", target_of(membership),
          command.empty() ? "would be drained and removed" : printable(command, 8'192));
    }
    return {};
  }

  // What was ended has no wish any more, but it may have come true.
  [[nodiscard]] int code_of(const Json& membership) const {
    if (text_at(membership, "stage") != "ended") return code_of_membership(membership);
    const auto servers = session_.call(
        "GET", with_query(api_path({"servers"}), {{"instance", text_at(membership, "instance")},
                                                  {"backend", text_at(membership, "backend")}}));
    if (!servers) return failed;
    const Json& all = list_at(*servers, "servers");
    const bool there = std::any_of(all.begin(), all.end(), [&](const Json& each) {
      return text_at(each, "server") == text_at(membership, "server");
    });
    return there == (text_at(membership, "wish") == "present") ? done : failed;
  }

  Done<void> conclude() {
    int worst = done;
    std::vector<std::string> wrong;
    for (const Json& membership : list_at(reply_, "memberships")) {
      const int code = code_of(membership);
      if (code == done) continue;
      worst = worst == done ? code : std::min(worst, code);
      wrong.push_back(membership_line(membership));
    }
    if (session_.json()) session_.out() << pretty(reply_);
    if (worst == done) return {};
    return tl::unexpected(Failure{worst, fmt::format("{}", fmt::join(wrong, "; "))});
  }

  const Session& session_;
  const MembershipRequest& request_;
  const std::string verb_;
  Display display_;
  Json reply_;
};

}  // namespace

bool is_over(const Json& membership) {
  const MembershipProgress* stage = membership_progress(membership);
  return stage != nullptr && stage->over;
}

bool is_wished(const Json& membership) {
  const std::string stage = text_at(membership, "stage");
  return stage == "present" || stage == "absent" || !is_over(membership);
}

int code_of_membership(const Json& membership) {
  const std::string stage = text_at(membership, "stage");
  if (stage == "present" || stage == "absent") {
    return text_at(membership, "wish") == stage ? done : failed;
  }
  const auto deadline = parse_time(text_at(membership, "deadline"));
  const auto ended = parse_time(text_at(membership, "ended"));
  return stage == "failed" && deadline && ended && *ended >= *deadline ? timed_out : failed;
}

std::string membership_line(const Json& membership) {
  const std::string stage = text_at(membership, "stage"),
                    sessions = text_at(membership, "sessions");
  std::string line = target_of(membership) + ": " + printable(stage);
  if (stage == "draining" && !sessions.empty()) {  // the detail says no more
    return line +
           fmt::format(", {} session{} left", printable(sessions), sessions == "1" ? "" : "s");
  }
  const std::string detail = text_at(membership, "detail");
  return detail.empty() ? line : line + ", " + printable(detail, 1'000);
}

double part_of(const Json& membership, std::int64_t most) {
  const MembershipProgress* stage = membership_progress(membership);
  if (stage == nullptr) return 0;
  if (stage->name != "draining" || most == 0) return stage->part;
  const auto left = static_cast<double>(sessions_of(membership));
  return stage->part + 0.8 * (1.0 - left / static_cast<double>(most));
}

Done<void> add(const Session& session, const MembershipRequest& request) {
  return MembershipFollower(session, request, "add").run("POST");
}

Done<void> remove(const Session& session, const MembershipRequest& request) {
  return MembershipFollower(session, request, "remove").run("DELETE");
}

}  // namespace steward::cli
