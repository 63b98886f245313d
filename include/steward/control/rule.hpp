// Rules: which alert does what to which server.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/control/matcher.hpp"
#include "steward/control/value.hpp"

namespace steward::control {

// Prometheus's relabel idiom: the source labels joined by the separator, matched against the
// anchored expression, give the replacement with $1, ${1}, ${name}, $$ expanded.
class Extraction {
 public:
  struct Options {
    std::vector<std::string> source_labels;
    std::string separator = ";";
    std::string regex = "(.*)";
    std::string replacement = "$1";
    bool operator==(const Options&) const = default;
  };
  // Fails on a bad label name, expression (RE2) or reference to a group that is not there.
  [[nodiscard]] static Result<Extraction> make(Options options);

  // Nothing if the expression does not match or the outcome is empty.
  [[nodiscard]] std::optional<std::string> of(const Labels& labels) const;

  [[nodiscard]] const Options& options() const { return options_; }
  bool operator==(const Extraction& other) const { return options_ == other.options_; }

 private:
  Options options_;
  std::shared_ptr<const re2::RE2> expression_;
};

// What the extractions of a rule say about an alert. Either an address (with any port) or a
// backend and a server; the instance is a further restriction. Not yet looked up anywhere.
struct TargetSpec {
  std::optional<std::string> instance, backend, server, address;
  bool operator==(const TargetSpec&) const = default;
};

enum class Mode { enforce, shadow };  // shadow: everything but the last step

struct Rule {
  std::string name;                                              // unique; [A-Za-z0-9_.-]+
  std::vector<Matcher> match;                                    // all of them; never empty
  std::optional<Extraction> instance, backend, server, address;  // address, or backend and server
  Value set;  // never ready, by-checks or enabled: an alert only takes out
  std::chrono::milliseconds lease{std::chrono::hours(2)};  // `for`; renewed by each repeat
  std::chrono::milliseconds min_hold{std::chrono::minutes(1)};
  bool return_safely = true;  // `return: safe` or `immediate`
  Mode mode = Mode::enforce;

  bool operator==(const Rule&) const = default;
};

// The first rule all of whose matchers match; null: none.
[[nodiscard]] const Rule* find_rule(const std::vector<Rule>& rules, const Labels& labels);

// Who the alert is about, by the rule's extractions. Fails (invalid) when one of them finds
// nothing, naming the rule, the key and the labels it looked at.
[[nodiscard]] Result<TargetSpec> target_of(const Rule& rule, const Labels& labels);

// What an alert asks for when no rules are configured: labels haproxy_action ("drain", "maint",
// "down", "stopping", "checks-disabled", "weight=25%", "weight=10"), backend (or proxy), server,
// and haproxy_instance if given (a label `haproxy` counts too). A made-up rule of the name "label";
// nothing if the alert has no haproxy_action; an Error if it is no action or a label is missing.
inline constexpr std::string_view kLabelRule = "label";
struct LabelWish {
  Rule rule;
  TargetSpec target;
};
[[nodiscard]] Result<std::optional<LabelWish>> wish_of_labels(const Labels& labels);

}  // namespace steward::control
