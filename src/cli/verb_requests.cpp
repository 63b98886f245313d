#include "steward/cli/verb_requests.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

#include "steward/base/duration.hpp"
#include "steward/base/text.hpp"
#include "steward/config/yaml.hpp"

namespace steward::cli {
namespace {

// A body while it is filled; the first problem is kept.
class Body {
 public:
  [[nodiscard]] Json& json() { return json_; }

  void put(const char* key, const Typed& text) {
    if (text) json_[key] = *text;
  }
  void put_flag(const char* key, bool value, bool meant = true) {
    if (value) json_[key] = meant;
  }
  // Durations go as they were typed: the daemon reads the same language.
  void put_duration(const char* key, std::string_view flag, const Typed& text) {
    if (text && duration(flag, text)) json_[key] = *text;
  }
  std::optional<std::chrono::milliseconds> duration(std::string_view flag, const Typed& text) {
    if (!text) return std::nullopt;
    const auto parsed = parse_duration(*text);
    if (parsed) return *parsed;
    refuse(flag, parsed.error().message);
    return std::nullopt;
  }
  void put_number(const char* key, std::string_view flag, const Typed& text, unsigned least,
                  unsigned most) {
    if (!text) return;
    const auto number = parse_number<unsigned>(*text);
    if (number && *number >= least && *number <= most) {
      json_[key] = *number;
    } else {
      refuse(flag,
             fmt::format("'{}' is not a number from {} to {}", printable(*text), least, most));
    }
  }
  void put_percent(const char* key, std::string_view flag, const Typed& text) {
    constexpr double kMost = 100;
    if (!text) return;
    double percent = -1;
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, percent);
    if (error == std::errc{} && stop == end && percent >= 0 && percent <= kMost) {
      json_[key] = percent;
    } else {
      refuse(flag, fmt::format("'{}' is not a percentage, as 0.5", printable(*text)));
    }
  }
  void put_on_timeout(const Typed& text) {
    if (!text) return;
    if (*text != "fail" && *text != "cut") {
      refuse("--on-timeout", fmt::format("'{}' is not one of fail, cut", printable(*text)));
    }
    put("on_timeout", text);
  }
  void put_options(const std::vector<std::string>& options);

  void refuse(std::string_view where, std::string_view why) {
    if (!problem_) problem_ = Error{ErrorCode::invalid, fmt::format("{}: {}", where, why)};
  }
  [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }

 private:
  Json json_ = Json::object();
  std::optional<Error> problem_;
};

// true, false and numbers are such, the rest is text.
Json option_value(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  if (const auto number = parse_number<std::int64_t>(text)) return *number;
  return text;
}

void Body::put_options(const std::vector<std::string>& options) {
  for (const std::string& option : options) {
    const std::size_t equals = option.find('=');
    const std::string key = option.substr(0, equals);
    if (equals == std::string::npos || key.empty()) {
      refuse("--option", fmt::format("'{}' is not KEY=VALUE, as inter=1s", printable(option)));
    } else if (json_["options"].contains(key)) {
      refuse("--option", fmt::format("{} is given more than once", printable(key)));
    } else {
      json_["options"][key] = option_value(option.substr(equals + 1));
    }
  }
}

struct Choice {
  std::string_view typed, sent;
};
constexpr std::array<Choice, 4> kHealth{
    {{"up", "up"}, {"down", "down"}, {"stopping", "stopping"}, {"auto", "auto"}}};
constexpr std::array<Choice, 2> kChecks{{{"on", "enabled"}, {"off", "disabled"}}};

template <std::size_t N>
void put_choice(Body& body, std::string_view what, const std::array<Choice, N>& choices,
                const std::string& typed) {
  std::string known;
  for (const Choice& choice : choices) {
    if (choice.typed == typed) body.json()["value"] = choice.sent;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", choice.typed);
  }
  if (!body.json().contains("value")) {
    body.refuse(what, fmt::format("'{}' is not one of {}", printable(typed), known));
  }
}

void put_ramp(Body& body, const ActFlags& flags, ActRequest& request) {
  const std::string& ramp = *flags.ramp;
  const std::size_t dots = ramp.find("..");
  if (dots == std::string::npos || dots == 0 || dots + 2 == ramp.size()) {
    body.refuse("--ramp", fmt::format("'{}' is not FROM..TO, as 10%..100%", printable(ramp)));
  }
  if (!flags.over) body.refuse("--over", "how long is the ramp to take?");
  if (flags.value) body.refuse("WEIGHT", "the ramp's end says it already");
  request.ramp = body.duration("--over", flags.over);
  if (body.problem()) return;
  body.json()["value"] = ramp.substr(dots + 2);
  body.json()["ramp"] = {{"from", ramp.substr(0, dots)}, {"over", *flags.over}};
}

void put_weight(Body& body, const ActFlags& flags, ActRequest& request) {
  if (flags.ramp) return put_ramp(body, flags, request);
  if (flags.over) body.refuse("--over", "it belongs to --ramp FROM..TO");
  if (!flags.value) return body.refuse("WEIGHT", "it is required, or --ramp");
  body.put("value", flags.value);
}

void put_value(Body& body, const std::string& verb, const ActFlags& flags, ActRequest& request) {
  if (verb == "weight") return put_weight(body, flags, request);
  if (verb == "health") put_choice(body, "HEALTH", kHealth, flags.value.value_or(""));
  if (verb == "checks") put_choice(body, "ON|OFF", kChecks, flags.value.value_or(""));
}

void put_replacement(Body& body, const std::string& text) {
  const std::size_t equals = text.find('='), at = text.find('@', std::min(equals, text.size()));
  const bool whole = equals != std::string::npos && at != std::string::npos && equals > 0 &&
                     at > equals + 1 && at + 1 < text.size();
  if (!whole) {
    return body.refuse("--replace", fmt::format("'{}' is not OUT=IN@ADDRESS, as "
                                                "web1=web9@10.0.0.9:8080",
                                                printable(text)));
  }
  body.json()["replace"].push_back({{"out", text.substr(0, equals)},
                                    {"in", text.substr(equals + 1, at - equals - 1)},
                                    {"address", text.substr(at + 1)}});
}

void put_steps(Body& body, const RolloutFlags& flags) {
  if (flags.cycle.has_value() == !flags.replace.empty()) {
    body.refuse("--cycle, --replace", "one of the two says what is to be done");
  }
  if (flags.cycle) {
    for (const auto server : split(*flags.cycle, ',')) {
      if (trim(server).empty()) body.refuse("--cycle", "a name is missing; it is web1,web2");
      body.json()["cycle"].push_back(trim(server));
    }
  }
  for (const std::string& each : flags.replace) put_replacement(body, each);
}

template <class T>
Result<T> finished(Body body, T request) {
  if (body.problem()) return tl::unexpected(*body.problem());
  request.body = std::move(body.json());
  return request;
}

}  // namespace

Result<ServerName> parse_server_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size() ||
      text.find('/', slash + 1) != std::string_view::npos) {
    return fail(ErrorCode::invalid, "'{}' is not BACKEND/SERVER, as web/web1", printable(text));
  }
  return ServerName{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

Result<ActRequest> act_request(const std::string& verb, const ActFlags& flags) {
  const auto target = parse_server_name(flags.target.value_or(""));
  if (!target) return tl::unexpected(target.error());
  ActRequest request;
  request.target = *target;
  request.instance = flags.instance.value_or("");
  request.dry_run = flags.dry_run;
  Body body;
  body.json() = {{"action", verb}, {"backend", target->backend}, {"server", target->server}};
  put_value(body, verb, flags, request);
  body.put("instance", flags.instance);
  if (flags.lease != "unlimited") {
    const auto lease = body.duration("--for", flags.lease);
    if (lease && lease->count() == 0) body.refuse("--for", "0 is no time; forever is unlimited");
  }
  body.put("for", flags.lease);
  body.put("reason", flags.reason);
  body.put_flag("force", flags.force);
  body.put_flag("dry_run", flags.dry_run);
  request.wait = body.duration("--wait", flags.wait);
  return finished(std::move(body), std::move(request));
}

Result<MembershipRequest> add_request(const MembershipFlags& flags) {
  const auto target = parse_server_name(flags.target.value_or(""));
  if (!target) return tl::unexpected(target.error());
  MembershipRequest request;
  request.target = *target;
  request.path = api_path({"servers", target->backend, target->server});
  request.dry_run = flags.dry_run;
  Body body;
  body.put("address", flags.address);
  body.put("like", flags.like);
  body.put_options(flags.options);
  body.put("instance", flags.instance);
  body.put_duration("timeout", "--timeout", flags.timeout);
  body.put("reason", flags.reason);
  body.put_flag("dry_run", flags.dry_run);
  return finished(std::move(body), std::move(request));
}

Result<MembershipRequest> remove_request(const MembershipFlags& flags) {
  const auto target = parse_server_name(flags.target.value_or(""));
  if (!target) return tl::unexpected(target.error());
  Body checked;
  (void)checked.duration("--timeout", flags.timeout);
  checked.put_on_timeout(flags.on_timeout);
  if (checked.problem()) return tl::unexpected(*checked.problem());
  MembershipRequest request;
  request.target = *target;
  request.path = with_query(api_path({"servers", target->backend, target->server}),
                            {{"instance", flags.instance.value_or("")},
                             {"timeout", flags.timeout.value_or("")},
                             {"on_timeout", flags.on_timeout.value_or("")},
                             {"force", flags.force ? "true" : ""},
                             {"reason", flags.reason.value_or("")},
                             {"dry_run", flags.dry_run ? "true" : ""}});
  request.dry_run = flags.dry_run;
  return request;
}

Result<RolloutRequest> rollout_request(const RolloutFlags& flags) {
  RolloutRequest request;
  request.backend = flags.backend.value_or("");
  request.hook = flags.hook;
  request.detach = flags.detach;
  request.dry_run = flags.dry_run;
  Body body;
  body.put("backend", flags.backend);
  body.put("instance", flags.instance);
  put_steps(body, flags);
  body.put_options(flags.options);
  body.put_number("max_parallel", "--max-parallel", flags.max_parallel, 1, 1'000);
  body.put_duration("drain_timeout", "--drain-timeout", flags.drain_timeout);
  body.put_on_timeout(flags.on_timeout);
  body.put_flag("approval", flags.approval || flags.hook);
  body.put_duration("approval_timeout", "--approval-timeout", flags.approval_timeout);
  body.put_duration("health_timeout", "--health-timeout", flags.health_timeout);
  body.put_duration("soak", "--soak", flags.soak);
  body.put_percent("max_5xx", "--max-5xx", flags.max_5xx);
  body.put_flag("rollback", flags.no_rollback, false);
  body.put("reason", flags.reason);
  body.put_flag("dry_run", flags.dry_run);
  if (flags.hook && flags.detach) {
    body.refuse("--hook", "it runs here, so this command has to stay: without --detach");
  }
  if (flags.hook && flags.approval) {
    body.refuse("--hook", "it is the approval; without --approval");
  }
  return finished(std::move(body), std::move(request));
}

}  // namespace steward::cli
