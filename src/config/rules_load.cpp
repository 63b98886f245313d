#include "steward/config/rules_load.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "steward/base/duration.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/control/server_ref.hpp"

namespace steward::config {
namespace {

using control::Extraction;
using control::Rule;
using control::Setting;
using control::Value;
using std::chrono::milliseconds;

constexpr milliseconds kLeaseMost = std::chrono::hours(24 * 30);

Result<milliseconds> parse_lease(std::string_view text) {
  return parse_duration(text).and_then([](milliseconds lease) -> Result<milliseconds> {
    if (lease >= std::chrono::seconds(1) && lease <= kLeaseMost) return lease;
    return fail(ErrorCode::invalid, "a lease is from 1s to {}, not {}", format_duration(kLeaseMost),
                format_duration(lease));
  });
}

Result<std::string> text_as_it_is(std::string_view text) { return std::string(text); }

void read_extraction(Section& target, std::string_view key, std::optional<Extraction>& out) {
  struct Read {
    Extraction::Options options;
  };
  std::optional<Extraction::Options> options;
  Read read;
  target.section(key, read, [&](Section& section, Read& into) {
    section.require("source_labels");
    section.read_list("source_labels", into.options.source_labels, text_as_it_is,
                      limits::kListItems);
    section.read("separator", into.options.separator);
    section.read("regex", into.options.regex);
    section.read("replacement", into.options.replacement);
    options = into.options;
  });
  if (!options) return;
  auto made = Extraction::make(*std::move(options));
  if (made) {
    out = *std::move(made);
  } else {
    target.problem(key, made.error().message);
  }
}

void read_target(Section& section, Rule& rule) {
  read_extraction(section, "instance", rule.instance);
  read_extraction(section, "backend", rule.backend);
  read_extraction(section, "server", rule.server);
  read_extraction(section, "address", rule.address);
}

// An alert only ever takes a server out, or takes from it.
Result<Value> parse_taking(Setting setting, std::string_view text) {
  return control::parse_value(setting, text).and_then([&](const Value& value) -> Result<Value> {
    if (value == Value{Setting::health, control::kUp}) {
      return fail(
          ErrorCode::invalid,
          "'up' would have a server serve that its checks call dead: a rule only takes out");
    }
    const bool gives = (setting == Setting::state && value.level == control::kReady) ||
                       (setting == Setting::checks && value.level == control::kEnabled);
    if (!gives) return value;
    return fail(ErrorCode::invalid,
                "'{}' would undo rather than take out; a server returns by itself when its alert "
                "is resolved",
                text);
  });
}

void read_set(Section& section, std::optional<Value>& value, int& count) {
  constexpr Setting kSettings[] = {Setting::state, Setting::weight, Setting::health,
                                   Setting::checks};
  for (const Setting setting : kSettings) {
    section.read(to_string(setting), value, [&](std::string_view text) {
      ++count;
      return parse_taking(setting, text);
    });
  }
}

void read_wish(Section& section, Rule& rule) {
  section.require("set");
  struct Read {
    std::optional<Value> value;
    int count = 0;
    bool there = false;
  } read;
  section.section("set", read, [](Section& set, Read& into) {
    into.there = true;
    read_set(set, into.value, into.count);
  });
  if (read.there && read.count != 1) {
    section.problem("set", "it has one of state, weight, health and checks");
  }
  if (read.value) rule.set = *read.value;
}

void read_rule(Section& section, Rule& rule, std::set<std::string>& names) {
  section.require("name");
  section.read("name", rule.name, [&](std::string_view text) -> Result<std::string> {
    if (!control::valid_haproxy_name(text)) {
      return fail(ErrorCode::invalid, "a rule's name has letters, digits and _ : . -");
    }
    if (names.insert(std::string(text)).second) return std::string(text);
    return fail(ErrorCode::invalid, "another rule is called '{}'", text);
  });
  section.require("match");
  section.read_list("match", rule.match, control::parse_matcher, limits::kListItems);
  if (rule.match.empty()) section.problem("match", "an empty list would match every alert");
  section.require("target");
  section.section("target", rule, read_target);
  const bool named = rule.backend && rule.server;
  const bool half = rule.backend.has_value() != rule.server.has_value();
  if (half || named == rule.address.has_value()) {
    section.problem("target", "it needs an address, or a backend and a server, but not both");
  }
  read_wish(section, rule);
  section.read("for", rule.lease, parse_lease);
  section.read("min_hold", rule.min_hold);
  if (rule.min_hold > rule.lease) section.problem("min_hold", "it is longer than `for`");
  section.read("return", rule.return_safely, one_of<bool>({{"safe", true}, {"immediate", false}}));
  section.read("mode", rule.mode,
               one_of<control::Mode>(
                   {{"enforce", control::Mode::enforce}, {"shadow", control::Mode::shadow}}));
}

}  // namespace

void read_rules(Section& root, std::vector<Rule>& rules) {
  std::set<std::string> names;
  root.sections(
      "rules", rules, [&](Section& section, Rule& rule) { read_rule(section, rule, names); },
      limits::kRules);
}

}  // namespace steward::config
