#include "steward/cli/record_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "steward/base/address.hpp"
#include "steward/base/text.hpp"
#include "steward/cli/act_view.hpp"

namespace steward::cli {
namespace {

const Json& object_at(const Json& json, std::string_view key) {
  static const Json none = Json::object();
  if (!json.is_object()) return none;
  const auto found = json.find(key);
  return found == json.end() ? none : *found;
}

Tone phase_tone(const std::string& phase) {
  if (phase == "active") return Tone::good;
  if (phase == "pending" || phase == "releasing") return Tone::warning;
  if (phase == "failed" || phase == "yielded" || phase == "rejected") return Tone::bad;
  return Tone::plain;
}

Tone result_tone(const std::string& result) {
  if (result == "rejected") return Tone::bad;
  if (result == "deferred") return Tone::warning;
  return result == "ignored" || result == "duplicate" ? Tone::plain : Tone::good;
}

// "guard: why", or either.
std::string joined(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + ": " + second;
}

// Who wanted it: a person, or a rule by an alert.
std::string origin_words(const Json& origin) {
  const std::string rule = text_at(origin, "rule");
  if (text_at(origin, "kind") == "manual") return text_at(origin, "principal");
  return "alert" + (rule.empty() ? "" : " (" + rule + ")");
}

std::string what_words(const Json& line) {
  const std::string before = text_at(line, "before"), after = text_at(line, "after");
  std::string what = text_at(line, "setting");
  if (!before.empty() || !after.empty()) {
    what += fmt::format("{}{} -> {}", what.empty() ? "" : " ", before.empty() ? "?" : before,
                        after.empty() ? "?" : after);
  }
  return what;
}

std::string came_words(const Json& line) {
  std::string out = text_at(line, "verdict");
  const std::string command = text_at(line, "command"), answer = text_at(line, "answer");
  if (!command.empty()) out = joined(out, "> " + command);
  if (!trim(answer).empty()) out += " < " + std::string(trim(answer));
  return out;
}

// "alert Sick (firing), instance=a:80, severity=page".
std::string alert_words(const Json& alert) {
  const Json& labels = object_at(alert, "labels");
  std::string out =
      fmt::format("alert {} ({})", text_at(labels, "alertname"), text_at(alert, "status"));
  if (!labels.is_object()) return out;
  for (const auto& [name, value] : labels.items()) {
    if (name != "alertname") out += ", " + name + "=" + text_at(labels, name);
  }
  return out;
}

// "action 1: drain web/web1".
std::string action_words(const Json& action) {
  return fmt::format("{} {} {}", text_at(action, "action"), target_of(action),
                     text_at(action, "value"));
}

// What a result is about, as the payload has it.
std::string subject_of(const Json& result, const Json& payload) {
  const std::string fingerprint = text_at(result, "alert");
  for (const Json& alert : list_at(payload, "alerts")) {
    if (!fingerprint.empty() && text_at(alert, "fingerprint") == fingerprint) {
      return alert_words(alert);
    }
  }
  if (!fingerprint.empty()) return "alert " + fingerprint;
  const std::string index = text_at(result, "action");
  const Json& actions = list_at(payload, "actions");
  const auto place = parse_number<std::size_t>(index);
  const bool listed = place && *place < actions.size();
  const std::string words = action_words(listed ? actions[*place] : payload);
  return fmt::format("action {}: {}", index, trim(words));
}

// The results of each alert or action, in the answer's order.
std::vector<std::pair<std::string, std::vector<Json>>> grouped(const Json& answer,
                                                               const Json& payload) {
  std::vector<std::pair<std::string, std::vector<Json>>> groups;
  std::string last;
  for (const Json& result : list_at(answer, "results")) {
    const std::string key = text_at(result, "alert") + "#" + text_at(result, "action");
    if (groups.empty() || key != last) groups.push_back({subject_of(result, payload), {}});
    groups.back().second.push_back(result);
    last = key;
  }
  return groups;
}

// "  rule Sick: matches", "  rule Slow: alertname=\"Slow\" does not match".
std::string rules_text(const Json& result) {
  std::string out;
  for (const Json& each : list_at(result, "rules")) {
    const std::string missed = text_at(each, "missed");
    out += fmt::format("  rule {}: {}\n", printable(text_at(each, "rule"), 200),
                       missed.empty() ? "matches" : printable(missed, 400) + " does not match");
  }
  return out;
}

// "  guards of web/a: stale, rate let it pass; min_available refuses (numbers)".
std::string guards_text(const Json& result) {
  std::vector<std::string> passed, words;
  for (const Json& each : list_at(result, "guards")) {
    const std::string guard = text_at(each, "guard");
    if (text_at(each, "passes") == "true") {
      passed.push_back(guard);
    } else {
      words.push_back(fmt::format("{} refuses ({})", guard, text_at(each, "reason")));
    }
  }
  if (!passed.empty()) {
    words.insert(words.begin(), fmt::format("{} let it pass", fmt::join(passed, ", ")));
  }
  if (words.empty()) return {};
  return fmt::format("  guards of {}: {}\n", target_of(result),
                     printable(fmt::format("{}", fmt::join(words, "; ")), 2'000));
}

// Empty for one on a unix socket: HAProxy does not tell where that is.
std::string told_address(const Json& server) {
  const std::string address = text_at(server, "address");
  const auto port = parse_number<std::uint32_t>(text_at(server, "port"));
  return port.value_or(0) == 0 ? address : host_port(address, *port);
}

std::string overrides_words(const Json& server) {
  std::string out;
  for (const Json& id : list_at(server, "overrides")) {
    if (id.is_string()) out += (out.empty() ? "" : " ") + id.get<std::string>();
  }
  return out;
}

// "drain suspended: 1 of 3 …", "weight 50% held: rate: …"; "" of one that nothing keeps.
std::string kept_words(const std::string& setting, const Json& override) {
  const std::string guard = text_at(override, "guard");
  if (guard.empty()) return {};
  const std::string value = text_at(override, "value");
  const std::string wish = setting == "state" ? value : setting + " " + value;
  const bool suspended = text_at(override, "suspended") == "true";
  return joined(wish + (suspended ? " suspended" : " held: " + guard), text_at(override, "detail"));
}

// Why it is out, and what is held, suspended, unclear or stuck.
std::string why_words(const Json& server) {
  std::vector<std::string> all;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) all.push_back(text);
  };
  add(text_at(server, "why_out"));
  const Json& settings = object_at(server, "settings");
  if (!settings.is_object()) return fmt::format("{}", fmt::join(all, "; "));
  for (const auto& [name, setting] : settings.items()) {
    if (text_at(setting, "unclear") == "true") add(name + " unclear");
    if (text_at(setting, "stuck") == "true") add(name + " stuck");
    for (const Json& each : list_at(setting, "overrides")) add(kept_words(name, each));
  }
  return fmt::format("{}", fmt::join(all, "; "));
}

std::string evaluated_target(const Json& result) {
  return text_at(result, "server").empty() ? "-" : target_of(result);
}

}  // namespace

Table servers_table(const Json& servers) {
  constexpr Align kRight = Align::right;
  Table table{{{"SERVER"},
               {"ADDRESS"},
               {"STATUS"},
               {"STATE"},
               {"WEIGHT", kRight},
               {"SESSIONS", kRight},
               {"QUEUE", kRight},
               {"OVERRIDES"},
               {"WHY"}},
              {}};
  const auto or_none = [](const std::string& text) { return text.empty() ? "-" : text; };
  for (const Json& each : list_at(servers, "servers")) {
    const bool usable = text_at(each, "usable") == "true";
    table.rows.push_back({{target_of(each)},
                          {or_none(told_address(each))},
                          {or_none(text_at(each, "status")), usable ? Tone::good : Tone::warning},
                          {text_at(each, "state")},
                          {text_at(each, "weight")},
                          {or_none(text_at(each, "sessions"))},
                          {or_none(text_at(each, "queue"))},
                          {or_none(overrides_words(each))},
                          {why_words(each)}});
  }
  return table;
}

Table overrides_table(const Json& overrides) {
  Table table{{{"ID"}, {"SERVER"}, {"WISH"}, {"PHASE"}, {"BY"}, {"EXPIRES"}, {"WHY"}}, {}};
  for (const Json& each : list_at(overrides, "overrides")) {
    const std::string phase = text_at(each, "phase"), expires = text_at(each, "expires");
    table.rows.push_back({{text_at(each, "id")},
                          {target_of(each)},
                          {wish_of(each)},
                          {phase, phase_tone(phase)},
                          {origin_words(object_at(each, "origin"))},
                          {expires.empty() ? "-" : short_time(expires)},
                          {joined(text_at(each, "guard"),
                                  joined(text_at(each, "reason"), text_at(each, "detail")))}});
  }
  for (const Json& each : list_at(overrides, "memberships")) {
    const bool stays = text_at(each, "wish") == "present";
    table.rows.push_back({{text_at(each, "id")},
                          {target_of(each)},
                          {stays ? "present at " + text_at(each, "address") : "absent"},
                          {text_at(each, "stage")},
                          {text_at(each, "principal")},
                          {"-"},
                          {joined(text_at(each, "reason"), text_at(each, "detail"))}});
  }
  return table;
}

Table audit_table(const Json& lines, bool titles) {
  Table table{{{"TIME"}, {"EVENT"}, {"BY"}, {"SERVER"}, {"WHAT"}, {"OUTCOME"}}, {}};
  if (!titles) {
    for (Column& column : table.columns) column.title.clear();
  }
  for (const Json& line : list_at(lines, "lines")) {
    table.rows.push_back({{short_time(text_at(line, "time"))},
                          {text_at(line, "event")},
                          {joined(text_at(line, "principal"), text_at(line, "rule"))},
                          {text_at(line, "target")},
                          {what_words(line)},
                          {came_words(line)}});
  }
  return table;
}

std::string evaluation_text(const Json& answer, const Json& payload, bool colour) {
  std::string out;
  for (const auto& [name, results] : grouped(answer, payload)) {
    std::string guards;
    Table table{{{}, {"SERVER"}, {"RULE"}, {"RESULT"}, {"WISH"}, {"GUARD"}, {"WHY"}}, {}};
    for (const Json& result : results) {
      const std::string did = text_at(result, "result"), mode = text_at(result, "mode");
      const std::string setting = text_at(result, "setting"), rule = text_at(result, "rule");
      const std::string guard = text_at(result, "guard");
      table.rows.push_back({{},
                            {evaluated_target(result)},
                            {rule.empty() ? "-" : rule},
                            {mode == "shadow" ? did + " (shadow)" : did, result_tone(did)},
                            {setting.empty() ? "-" : wish_of(result)},
                            {guard.empty() ? "-" : guard},
                            {text_at(result, "reason")}});
      guards += guards_text(result);
    }
    fmt::format_to(std::back_inserter(out), "{}{}\n{}{}{}", out.empty() ? "" : "\n",
                   printable(name, 400), rules_text(results.front()), to_text(table, colour),
                   guards);
  }
  const std::string truncated = text_at(answer, "truncated");
  if (!truncated.empty()) out += printable(truncated) + " alerts were left out by the sender\n";
  return out.empty() ? "nothing: there is no alert and no action in it\n" : out;
}

}  // namespace steward::cli
