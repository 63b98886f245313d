#include "steward/cli/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/cli/act_view.hpp"
#include "steward/cli/cli.hpp"
#include "steward/cli/membership.hpp"
#include "steward/cli/record_view.hpp"
#include "steward/config/files.hpp"

namespace steward::cli {
namespace {

constexpr std::size_t kAuditLines = 50;
constexpr auto kLive = "pending,active,releasing";

tl::unexpected<Failure> misused(std::string message) {
  return tl::unexpected(Failure{usage, std::move(message)});
}

void show(const Session& session, const Json& json, const Table& table) {
  session.out() << (session.json() ? pretty(json) : to_text(table, session.colour()));
}

// Every page of them.
Done<Json> all_overrides(const Session& session, bool ended) {
  Json all{{"overrides", Json::array()}};
  std::string before;
  do {
    auto page = session.call(
        "GET", with_query(api_path({"overrides"}),
                          {{"phase", ended ? "" : kLive}, {"before", before}, {"limit", "1000"}}));
    if (!page) return page;
    for (const Json& each : list_at(*page, "overrides")) all["overrides"].push_back(each);
    before = text_at(*page, "next");
  } while (!before.empty());
  return all;
}

Done<void> tell_release(const Session& session, const Json& override) {
  if (session.json()) {
    session.out() << pretty(override);
  } else {
    session.out() << fmt::format("{}: {} {}\n", target_of(override), wish_of(override),
                                 printable(text_at(override, "phase")));
  }
  return {};
}

// The line's number, which the next question goes on from.
std::string last_sequence(const Json& lines, const std::string& otherwise) {
  const Json& all = list_at(lines, "lines");
  return all.empty() ? otherwise : text_at(all.back(), "sequence");
}

void tell_lines(const Session& session, const Json& lines, bool titles) {
  if (!session.json()) {
    session.out() << to_text(audit_table(lines, titles), session.colour()) << std::flush;
    return;
  }
  for (const Json& line : list_at(lines, "lines")) {
    session.out() << line.dump(-1, ' ', true, Json::error_handler_t::replace) << "\n";
  }
  session.out() << std::flush;
}

// Until interrupted, or nobody reads it any more.
Done<void> follow(const Session& session, std::string after) {
  while (session.out()) {
    if (session.interrupts().wait(Session::kPollEvery)) return tl::unexpected(interrupted_now());
    Json got;
    auto polled =
        session.poll(with_query(api_path({"audit"}), {{"after", after}, {"limit", "1000"}}),
                     [&got](const Json& lines) {
                       got = lines;
                       return Done<bool>(true);
                     });
    if (!polled) return polled;
    if (!list_at(got, "lines").empty()) tell_lines(session, got, false);
    after = last_sequence(got, after);
  }
  return {};
}

Done<Json> payload_of(const std::string& file) {
  auto text = config::read_file(file == "-" ? "/dev/stdin" : file, limits::kControlBodyBytes);
  if (!text) return tl::unexpected(failure_of(text.error()));
  if (text->size() > limits::kControlBodyBytes) {
    return tl::unexpected(Failure{failed, fmt::format("{}: a payload has at most {} bytes", file,
                                                      limits::kControlBodyBytes)});
  }
  Json json = Json::parse(*text, nullptr, false);
  if (!json.is_discarded()) return json;
  return tl::unexpected(Failure{failed, file + ": that is no JSON"});
}

}  // namespace

Done<void> servers(const Session& session, const RecordFlags& flags) {
  const std::string backend = flags.id.value_or("");
  const auto got = session.call("GET", with_query(api_path({"servers"}), {{"backend", backend}}));
  if (!got) return tl::unexpected(got.error());
  if (list_at(*got, "servers").empty() && !backend.empty()) {
    return tl::unexpected(
        Failure{failed, fmt::format("the daemon knows no server of a backend '{}'", backend)});
  }
  show(session, *got, servers_table(*got));
  return {};
}

Done<void> show_overrides(const Session& session, const RecordFlags& flags) {
  auto all = all_overrides(session, flags.all);
  if (!all) return tl::unexpected(all.error());
  auto memberships = session.call("GET", api_path({"memberships"}));
  if (!memberships) return tl::unexpected(memberships.error());
  (*all)["memberships"] = Json::array();
  for (const Json& each : list_at(*memberships, "memberships")) {
    if (flags.all || is_wished(each)) (*all)["memberships"].push_back(each);
  }
  show(session, *all, overrides_table(*all));
  return {};
}

Done<void> release(const Session& session, const RecordFlags& flags) {
  const std::string id = flags.id.value_or("");
  const auto released =
      session.call("DELETE", with_query(api_path({"overrides", id}), {{"wait", "5s"}}));
  if (released) return tell_release(session, *released);
  const auto membership = session.call("GET", api_path({"memberships", id}));
  if (!membership) return tl::unexpected(released.error());
  const auto ended = session.call("DELETE", api_path({"memberships", id}));
  if (!ended) return tl::unexpected(ended.error());
  session.out() << (session.json() ? pretty(*ended) : membership_line(*ended) + "\n");
  return {};
}

Done<void> show_audit(const Session& session, const RecordFlags& flags) {
  std::size_t most = kAuditLines;
  if (flags.limit) {
    const auto number = parse_number<std::size_t>(*flags.limit);
    if (!number || *number < 1 || *number > limits::kAuditPage) {
      return misused(fmt::format("--limit: '{}' is not a number from 1 to {}",
                                 printable(*flags.limit), limits::kAuditPage));
    }
    most = *number;
  }
  auto lines = session.call(
      "GET",
      with_query(api_path({"audit"}), {{"order", "newest"}, {"limit", fmt::to_string(most)}}));
  if (!lines) return tl::unexpected(lines.error());
  if (auto& all = (*lines)["lines"]; all.is_array()) std::reverse(all.begin(), all.end());
  if (!flags.follow) {
    show(session, *lines, audit_table(*lines, true));
    return {};
  }
  tell_lines(session, *lines, true);
  return follow(session, last_sequence(*lines, ""));
}

Done<void> set_automation(const Session& session, const RecordFlags& flags, bool paused) {
  Json body{{"paused", paused}};
  if (flags.reason) body["reason"] = *flags.reason;
  const auto now = session.call("POST", api_path({"automation"}), body);
  if (!now) return tl::unexpected(now.error());
  if (session.json()) {
    session.out() << pretty(*now);
    return {};
  }
  const std::string reason = text_at(*now, "reason");
  const bool is_paused = text_at(*now, "paused") == "true";
  session.out() << (is_paused ? "alerts are not acted on" : "alerts are acted on")
                << (reason.empty() ? "" : ": " + printable(reason)) << "\n";
  return {};
}

Done<void> evaluate(const Session& session, const RecordFlags& flags) {
  const auto payload = payload_of(flags.file.value_or("-"));
  if (!payload) return tl::unexpected(payload.error());
  const auto answer = session.call("POST", api_path({"evaluate"}), *payload);
  if (!answer) return tl::unexpected(answer.error());
  session.out() << (session.json() ? pretty(*answer)
                                   : evaluation_text(*answer, *payload, session.colour()));
  return {};
}

}  // namespace steward::cli
