#include "steward/http/change_requests.hpp"

#include <optional>
#include <utility>

#include "steward/base/duration.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/http/json.hpp"

namespace steward::http {
namespace {

void read_duration(JsonObject& object, std::string_view key, std::chrono::milliseconds& into) {
  if (!object.has(key)) return;
  const auto parsed = parse_duration(object.text(key));
  if (!parsed) return object.refuse(key, parsed.error().message);
  if (*parsed > limits::kStepMost) {
    return object.refuse(key, "at most " + format_duration(limits::kStepMost));
  }
  into = *parsed;
}

// true and 5 are as good as "true" and "5".
std::string option_text(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

control::ServerOptions read_options(JsonObject& object) {
  control::ServerOptions options;
  const nlohmann::json* all = object.find("options");
  if (all == nullptr) return options;
  if (!all->is_object()) {
    object.expect("options", "an object", *all);
    return options;
  }
  for (const auto& [keyword, value] : all->items()) {
    if (value.is_structured() || value.is_null()) {
      object.refuse("options",
                    fmt::format("{}: a text, number or true is wanted", printable(keyword, 80)));
    }
    options.emplace_back(keyword, option_text(value));
  }
  return options;
}

void read_instance(JsonObject& object, std::optional<std::string>& into) {
  if (object.has("instance")) into = object.text("instance");
}

void read_cut(JsonObject& object, bool& into) {
  if (!object.has("on_timeout")) return;
  const auto cut = parse_cut(object.text("on_timeout"));
  if (!cut) return object.refuse("on_timeout", cut.error().message);
  into = *cut;
}

void read_share(JsonObject& object, std::optional<double>& into) {
  constexpr double kMost = 100;
  const nlohmann::json* value = object.find("max_5xx");
  if (value == nullptr) return;
  const bool good =
      value->is_number() && value->get<double>() >= 0 && value->get<double>() <= kMost;
  if (!good) return object.refuse("max_5xx", "a percentage, 0 to 100, is wanted");
  into = value->get<double>();
}

void read_pairs(JsonObject& object, control::RolloutRequest& into, std::optional<Error>& problem) {
  for (const nlohmann::json& each : object.array("cycle", limits::kTargets)) {
    if (!each.is_string()) return object.expect("cycle", "a list of servers", each);
    into.pairs.push_back({each.get<std::string>(), {}, {}});
  }
  const auto& replaced = object.array("replace", limits::kTargets);
  for (std::size_t i = 0; i < replaced.size() && !problem; ++i) {
    JsonObject pair(replaced[i], fmt::format("replace[{}]", i), problem);
    for (const char* key : {"out", "in", "address"}) pair.require(key);
    into.pairs.push_back({pair.text("out"), pair.text("in"), pair.text("address")});
    pair.end();
  }
}

void read_terms(JsonObject& object, control::RolloutTerms& terms) {
  constexpr std::uint64_t kMost = limits::kTargets;
  const std::uint64_t parallel = object.number("max_parallel", terms.max_parallel);
  if (parallel < 1 || parallel > kMost) {
    object.refuse("max_parallel", fmt::format("a number from 1 to {} is wanted", kMost));
  }
  terms.max_parallel = static_cast<std::uint32_t>(parallel);
  read_duration(object, "drain_timeout", terms.drain_timeout);
  read_cut(object, terms.cut);
  terms.approval = object.flag("approval");
  read_duration(object, "approval_timeout", terms.approval_timeout);
  read_duration(object, "health_timeout", terms.health_timeout);
  read_duration(object, "soak", terms.soak);
  read_share(object, terms.max_5xx);
  terms.rollback = object.flag("rollback", true);
  terms.options = read_options(object);
}

}  // namespace

Result<bool> parse_cut(std::string_view text) {
  if (text == "cut") return true;
  if (text == "fail") return false;
  return fail(ErrorCode::invalid, "'{}' is neither fail nor cut", printable(text, 40));
}

Result<AddBody> parse_add(std::string_view text, const std::string& backend,
                          const std::string& server) {
  const auto body = parse_json(text);
  if (!body) return tl::unexpected(body.error());
  std::optional<Error> problem;
  JsonObject object(*body, "", problem);
  AddBody add;
  control::AddRequest& request = add.request;
  request.backend = backend;
  request.server = server;
  object.require("address");
  request.address = object.text("address");
  read_instance(object, request.instance);
  request.like = object.text("like");
  request.options = read_options(object);
  read_duration(object, "timeout", request.timeout);
  request.reason = object.text("reason");
  add.dry_run = object.flag("dry_run");
  object.end();
  if (problem) return tl::unexpected(*problem);
  return add;
}

Result<RolloutBody> parse_rollout(std::string_view text) {
  const auto body = parse_json(text);
  if (!body) return tl::unexpected(body.error());
  std::optional<Error> problem;
  JsonObject object(*body, "", problem);
  RolloutBody rollout;
  control::RolloutRequest& request = rollout.request;
  object.require("backend");
  request.backend = object.text("backend");
  read_instance(object, request.instance);
  read_pairs(object, request, problem);
  read_terms(object, request.terms);
  request.reason = object.text("reason");
  rollout.dry_run = object.flag("dry_run");
  object.end();
  if (problem) return tl::unexpected(*problem);
  return rollout;
}

Result<ChangeBody> parse_change(std::string_view text) {
  const auto body = parse_json(text);
  if (!body) return tl::unexpected(body.error());
  std::optional<Error> problem;
  JsonObject object(*body, "", problem);
  ChangeBody change{object.text("server"), object.text("reason")};
  object.end();
  if (problem) return tl::unexpected(*problem);
  return change;
}

}  // namespace steward::http
