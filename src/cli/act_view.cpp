#include "steward/cli/act_view.hpp"

#include <fmt/format.h>

#include "steward/base/text.hpp"
#include "steward/cli/cli.hpp"

namespace steward::cli {
namespace {

// The daemon's sentences are long now and then, and worth it.
std::string said(std::string_view text) { return printable(text, 1'000); }

std::string because(const Json& json, const char* key) {
  const std::string why = text_at(json, key);
  return why.empty() ? "" : ": " + said(why);
}

std::string until_words(const Json& override) {
  const std::string expires = text_at(override, "expires");
  return expires.empty() ? "" : " until " + short_time(expires);
}

std::string guard_words(const Json& json) {
  const std::string guard = text_at(json, "guard");
  return guard.empty() ? "" : fmt::format(" ({})", said(guard));
}

// "drain is in force", "weight rises from 10% to 100% over 5m".
std::string force_words(const Json& result, const Json& override) {
  const bool climbs = override.is_object() && override.contains("ramp");
  if (!climbs) return wish_of(result) + " is in force";
  const Json& ramp = override["ramp"];
  return fmt::format("weight goes from {} to {} over {}", said(text_at(ramp, "from")),
                     said(text_at(ramp, "to")), said(text_at(ramp, "over")));
}

std::string phase_words(const Json& result, const Json& override) {
  const std::string phase = text_at(result, "phase"), wish = wish_of(result);
  const std::string id = text_at(result, "override");
  const std::string named = id.empty() ? "" : ", override " + said(id);
  if (phase == "active") {
    return force_words(result, override) + until_words(override) + named;
  }
  if (phase == "pending") {
    return fmt::format("{} waits{}{}{}", wish, guard_words(override), because(result, "detail"),
                       named);
  }
  if (phase == "yielded") {
    return fmt::format("{} is not in force, somebody else changed the server{}", wish,
                       because(result, "detail"));
  }
  if (phase == "failed") return fmt::format("{} failed{}", wish, because(result, "detail"));
  if (phase == "releasing") return fmt::format("{} is being undone{}", wish, named);
  return fmt::format("{} {}", wish, said(phase));
}

}  // namespace

std::string short_time(const std::string& time) {
  const std::size_t dot = time.find('.');
  if (dot == std::string::npos || !time.ends_with('Z')) return said(time);
  return said(time.substr(0, dot) + "Z");
}

std::string target_of(const Json& json) {
  const std::string instance = text_at(json, "instance");
  return said(fmt::format("{}{}{}/{}", instance, instance.empty() ? "" : ":",
                          text_at(json, "backend"), text_at(json, "server")));
}

std::string wish_of(const Json& json) {
  const std::string setting = text_at(json, "setting"), value = text_at(json, "value");
  return said(setting == "state" ? value : setting + " " + value);
}

std::string result_line(const Json& result, const Json& override) {
  const std::string did = text_at(result, "result");
  const std::string where = target_of(result) + ": ";
  if (did == "rejected") {
    return where + "refused" + guard_words(result) + because(result, "reason");
  }
  if (did == "deferred" || did == "ignored") {
    return where + did + guard_words(result) + because(result, "reason");
  }
  if (did == "duplicate") return where + "nothing to do" + because(result, "reason");
  if (text_at(result, "mode") == "dry_run") {
    return fmt::format("{}would be {}: {}{}", where, said(did), wish_of(result),
                       because(result, "reason"));
  }
  if (did == "released") return where + "released" + because(result, "reason");
  if (did == "settled") return where + wish_of(result) + because(result, "reason");
  if (text_at(result, "phase").empty()) return where + wish_of(result) + " " + said(did);
  return where + phase_words(result, override) + because(result, "reason");
}

int code_of(const Json& result) {
  const std::string did = text_at(result, "result"), phase = text_at(result, "phase");
  const std::string guard = text_at(result, "guard");
  if (did == "deferred" || phase == "rejected") return refused;
  if (did == "rejected") {
    return guard == "unknown_server" || guard == "invalid_value" ? failed : refused;
  }
  if (phase == "failed" || phase == "yielded") return failed;
  if (phase == "pending" && !guard.empty()) return refused;
  return phase == "pending" || phase == "releasing" ? timed_out : done;
}

bool unsettled(const Json& override) {
  const std::string phase = text_at(override, "phase");
  return phase == "releasing" || (phase == "pending" && text_at(override, "guard").empty());
}

}  // namespace steward::cli
