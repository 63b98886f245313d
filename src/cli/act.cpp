#include "steward/cli/act.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>

#include "steward/base/duration.hpp"
#include "steward/cli/act_view.hpp"
#include "steward/cli/cli.hpp"
#include "steward/cli/sessions_left.hpp"

namespace steward::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kWait = 5s;     // that the daemon is asked to wait for HAProxy
constexpr milliseconds kSettle = 30s;  // in all: a return waits for a passed check

class Acting {
 public:
  Acting(const Session& session, const ActRequest& request)
      : session_(session), request_(request), display_(session.display()) {}

  Done<void> run() {
    Json body = request_.body;
    if (session_.alone()) body["for"] = "unlimited";  // nobody would be there to end it
    auto told = session_.call("POST", target(), body);
    if (!told) return tl::unexpected(told.error());
    reply_ = *std::move(told);
    if (!request_.dry_run) {
      if (auto settled = settle(); !settled) return settled;
    }
    display_.rest();
    tell();
    if (const int code = worst(); code != done) return tl::unexpected(Failure{code, ""});
    if (request_.dry_run) return {};
    if (request_.ramp && session_.alone()) return climb();
    return request_.wait ? wait_for_sessions() : Done<void>();
  }

 private:
  [[nodiscard]] std::string target() const {
    const auto wait = std::min(kWait, session_.timeout() / 2);
    return with_query(api_path({"overrides"}),
                      {{"wait", request_.dry_run ? "" : format_duration(wait)}});
  }

  [[nodiscard]] std::string what() const {
    return fmt::format("{} {}/{}", text_at(request_.body, "action"), request_.target.backend,
                       request_.target.server);
  }

  // Until HAProxy was told of each, or will not be.
  Done<void> settle() {
    const auto until = steady_clock::now() + kSettle;
    for (Json& result : reply_["results"]) {
      const std::string id = text_at(result, "override");
      if (id.empty() || !result.is_object()) continue;
      const auto known = session_.poll(api_path({"overrides", id}), [&](const Json& override) {
        overrides_[id] = override;
        const bool over = !unsettled(override) || steady_clock::now() > until;
        if (!over)
          display_.show({what(), 0, text_at(override, "phase"),
                         std::chrono::ceil<milliseconds>(until - now())});
        return Done<bool>(over);
      });
      if (!known) return tl::unexpected(ended(known.error()));
      for (const char* key : {"phase", "detail"}) {
        if (overrides_[id].contains(key)) result[key] = overrides_[id][key];
      }
    }
    return {};
  }

  void tell() {
    if (session_.json()) {
      session_.out() << pretty(reply_);
      return;
    }
    for (Json result : list_at(reply_, "results")) {
      const Json& override = overrides_[text_at(result, "override")];
      // Its record goes with us.
      if (session_.alone() && result.is_object()) result.erase("override");
      session_.out() << result_line(result, override) << "\n";
    }
    session_.out() << std::flush;
  }

  [[nodiscard]] int worst() const {
    int worst = done;
    for (const Json& result : list_at(reply_, "results")) {
      const int code = code_of(result);
      if (code != done && (worst == done || code < worst)) worst = code;
    }
    return worst;
  }

  // A daemon climbs by itself; without one it ends with us.
  Done<void> climb() {
    const auto began = now();
    const milliseconds whole = *request_.ramp;
    while (now() - began < whole) {
      const auto left = std::chrono::ceil<milliseconds>(whole - (now() - began));
      const double part =
          1.0 - static_cast<double>(left.count()) / static_cast<double>(whole.count());
      display_.show({what(), part, "on its way to " + text_at(request_.body, "value"), left});
      if (session_.interrupts().wait(std::min(left, milliseconds(300)))) {
        display_.rest();
        return tl::unexpected(interrupted_now(
            fmt::format("interrupted; the weight of {}/{} stays where the ramp has brought it",
                        request_.target.backend, request_.target.server)));
      }
    }
    (void)session_.interrupts().wait(1s);  // for the last step to be HAProxy's
    display_.show({what(), 1, "at " + text_at(request_.body, "value"), {}});
    return {};
  }

  Done<void> wait_for_sessions() {
    const auto until = now() + *request_.wait;
    const auto path = with_query(api_path({"servers"}), {{"instance", request_.instance},
                                                         {"backend", request_.target.backend}});
    SessionsLeft sessions(request_.target.server);
    const auto polled = session_.poll(path, [&](const Json& servers) {
      sessions.see(servers);
      const bool late = now() >= until;
      const auto left = sessions.left() == 0
                            ? std::nullopt
                            : std::optional(std::chrono::ceil<milliseconds>(until - now()));
      display_.show({what(), sessions.part(), sessions.words(), left});
      return Done<bool>(late || sessions.left() == 0);
    });
    display_.rest();
    if (!polled) return tl::unexpected(ended(polled.error()));
    if (sessions.left() == 0) return {};
    return tl::unexpected(
        Failure{timed_out, fmt::format("{} after {}; {}", sessions.words(),
                                       format_duration(*request_.wait), standing())});
  }

  // What is and stays, and how to undo it.
  [[nodiscard]] std::string standing() const {
    const std::string server = request_.target.backend + "/" + request_.target.server;
    const std::string verb = text_at(request_.body, "action");
    const std::string undo = verb == "drain" || verb == "maint" ? "ready " + server
                             : verb == "health"                 ? "health " + server + " auto"
                             : verb == "checks"                 ? "checks " + server + " on"
                                                                : "";
    std::string release;
    for (const auto& [id, override] : overrides_) {
      if (!session_.alone()) release = "release " + id;
    }
    const std::string& how = release.empty() ? undo : release;
    if (how.empty()) return fmt::format("{} stays as it is", server);
    return fmt::format("{} of {} {}; undo it with: {}", verb, server,
                       session_.alone() ? "is left as it is" : "stays asked for",
                       session_.command(how));
  }

  Failure ended(const Failure& failure) {
    display_.rest();
    if (failure.code != interrupted || !failure.message.empty()) return failure;
    return interrupted_now("interrupted; " + standing());
  }

  static steady_clock::time_point now() { return steady_clock::now(); }

  const Session& session_;
  const ActRequest& request_;
  Display display_;
  Json reply_;
  std::map<std::string, Json> overrides_;
};

}  // namespace

Done<void> act(const Session& session, const ActRequest& request) {
  return Acting(session, request).run();
}

}  // namespace steward::cli
