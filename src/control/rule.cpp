#include "steward/control/rule.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::control {
namespace {

constexpr std::string_view kWordLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

// A piece of a replacement: literal text, or a reference to a group.
struct Piece {
  std::string text;
  bool reference = false;
};

// The letters, digits and underscores it begins with. Of what is not ASCII Go takes the letters:
// here all of it, so that "$1é" is refused, not understood in another way.
std::size_t word_size(std::string_view text) {
  const auto end = std::ranges::find_if(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x80 && kWordLetters.find(c) == kWordLetters.npos;
  });
  return static_cast<std::size_t>(end - text.begin());
}

// As Go's regexp.Expand: $1, $name, ${1}, ${name}, $$; a "$" before anything else is malformed.
Result<std::vector<Piece>> pieces_of(std::string_view replacement) {
  std::vector<Piece> pieces{{}};
  while (!replacement.empty()) {
    const std::size_t dollar = replacement.find('$');
    pieces.back().text += replacement.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    replacement.remove_prefix(dollar + 1);
    if (replacement.starts_with('$')) {
      pieces.back().text += '$';
      replacement.remove_prefix(1);
      continue;
    }
    const bool braces = replacement.starts_with('{');
    if (braces) replacement.remove_prefix(1);
    const std::size_t size = word_size(replacement);
    if (size == 0 || (braces && !replacement.substr(size).starts_with('}'))) {
      return fail(ErrorCode::invalid, "a \"$\" that begins no reference is written \"$$\"");
    }
    pieces.push_back({std::string(replacement.substr(0, size)), true});
    pieces.push_back({});
    replacement.remove_prefix(size + (braces ? 1 : 0));
  }
  return pieces;
}

// The number of the group a reference means; nothing if there is no such group. A zero before
// other digits makes a name of it, as in Go.
std::optional<int> group_of(const std::string& reference, const RE2& expression) {
  const bool name = reference.size() > 1 && reference.front() == '0';
  if (const auto number = parse_number<int>(reference); number && !name) {
    if (*number <= expression.NumberOfCapturingGroups()) return number;
    return std::nullopt;
  }
  const auto& named = expression.NamedCapturingGroups();
  const auto found = named.find(reference);
  return found == named.end() ? std::nullopt : std::optional(found->second);
}

Result<void> check_references(const std::string& replacement, const RE2& expression) {
  const auto pieces = pieces_of(replacement);
  if (!pieces) return tl::unexpected(pieces.error());
  for (const Piece& piece : *pieces) {
    if (!piece.reference || group_of(piece.text, expression)) continue;
    return fail(ErrorCode::invalid,
                "the replacement speaks of group '{}', which the expression does not have; write "
                "${{1}} before letters and digits",
                printable(piece.text));
  }
  return {};
}

bool is_label_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of(kWordLetters) == std::string_view::npos &&
         (name.front() < '0' || name.front() > '9');
}

tl::unexpected<Error> found_nothing(const Rule& rule, std::string_view key,
                                    const Extraction& extraction, const Labels& labels) {
  std::string said;
  for (const std::string& name : extraction.options().source_labels) {
    const auto label = labels.find(name);
    said += fmt::format("{}{}={}", said.empty() ? "" : ", ", name,
                        label == labels.end() ? "(absent)" : printable(label->second, 80));
  }
  return fail(ErrorCode::invalid, "rule {}: target.{} finds nothing in the labels {}", rule.name,
              key, said);
}

// What the label haproxy_action may say, beside weight=….
Result<Value> parse_label_action(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Value>, 5> kActions{
      {{"drain", {Setting::state, kDrain}},
       {"maint", {Setting::state, kMaint}},
       {"down", {Setting::health, kDown}},
       {"stopping", {Setting::health, kStopping}},
       {"checks-disabled", {Setting::checks, kDisabled}}}};
  for (const auto& [name, value] : kActions) {
    if (name == text) return value;
  }
  constexpr std::string_view kWeight = "weight=";
  if (text.starts_with(kWeight)) return parse_value(Setting::weight, text.substr(kWeight.size()));
  return fail(ErrorCode::invalid,
              "the label haproxy_action is '{}': use drain, maint, weight=N, weight=N%, down, "
              "stopping or checks-disabled",
              printable(text, 80));
}

std::optional<std::string> label(const Labels& labels,
                                 std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto found = labels.find(name);
    if (found != labels.end() && !found->second.empty()) return found->second;
  }
  return std::nullopt;
}

}  // namespace

Result<Extraction> Extraction::make(Options options) {
  for (const std::string& name : options.source_labels) {
    if (!is_label_name(name)) {
      return fail(ErrorCode::invalid, "'{}' is not the name of a label", printable(name));
    }
  }
  if (options.source_labels.empty()) return fail(ErrorCode::invalid, "source_labels is empty");
  if (options.regex.size() > limits::kPatternBytes) {
    return fail(ErrorCode::limit, "the expression has more than {} bytes", limits::kPatternBytes);
  }
  Extraction made;
  RE2::Options syntax(RE2::Quiet);
  syntax.set_dot_nl(true);  // Prometheus anchors with ^(?s:…)$
  auto expression = std::make_shared<const RE2>(options.regex, syntax);
  if (!expression->ok()) {
    return fail(ErrorCode::invalid, "'{}' is not an expression: {}", printable(options.regex),
                expression->error());
  }
  if (auto good = check_references(options.replacement, *expression); !good) {
    return tl::unexpected(good.error());
  }
  made.options_ = std::move(options);
  made.expression_ = std::move(expression);
  return made;
}

std::optional<std::string> Extraction::of(const Labels& labels) const {
  std::string joined;
  for (std::size_t i = 0; i < options_.source_labels.size(); ++i) {
    if (i > 0) joined += options_.separator;
    const auto found = labels.find(options_.source_labels[i]);
    if (found != labels.end()) joined += found->second;
  }
  std::vector<re2::StringPiece> groups(
      static_cast<std::size_t>(expression_->NumberOfCapturingGroups()) + 1);
  if (!expression_->Match(joined, 0, joined.size(), RE2::ANCHOR_BOTH, groups.data(),
                          static_cast<int>(groups.size()))) {
    return std::nullopt;
  }
  const auto pieces = pieces_of(options_.replacement);  // make() saw that it is good
  std::string out;
  for (const Piece& piece : *pieces) {
    if (piece.reference) {
      out += std::string(groups[static_cast<std::size_t>(*group_of(piece.text, *expression_))]);
    } else {
      out += piece.text;
    }
  }
  return out.empty() ? std::nullopt : std::optional(out);
}

const Rule* find_rule(const std::vector<Rule>& rules, const Labels& labels) {
  const auto found =
      std::ranges::find_if(rules, [&](const Rule& rule) { return all_match(rule.match, labels); });
  return found == rules.end() ? nullptr : &*found;
}

Result<TargetSpec> target_of(const Rule& rule, const Labels& labels) {
  struct Part {
    std::string_view key;
    const std::optional<Extraction>& extraction;
    std::optional<std::string>& into;
  };
  TargetSpec target;
  for (const Part& part :
       {Part{"instance", rule.instance, target.instance},
        Part{"backend", rule.backend, target.backend}, Part{"server", rule.server, target.server},
        Part{"address", rule.address, target.address}}) {
    if (!part.extraction) continue;
    part.into = part.extraction->of(labels);
    if (!part.into) return found_nothing(rule, part.key, *part.extraction, labels);
  }
  return target;
}

Result<std::optional<LabelWish>> wish_of_labels(const Labels& labels) {
  const auto action = label(labels, {"haproxy_action"});
  if (!action) return std::optional<LabelWish>();
  const auto value = parse_label_action(*action);
  if (!value) return tl::unexpected(value.error());
  LabelWish wish;
  wish.rule.name = kLabelRule;
  wish.rule.set = *value;
  wish.target.backend = label(labels, {"backend", "proxy"});
  wish.target.server = label(labels, {"server"});
  wish.target.instance = label(labels, {"haproxy_instance", "haproxy"});
  if (wish.target.backend && wish.target.server) return std::optional(std::move(wish));
  return fail(ErrorCode::invalid,
              "an alert with haproxy_action needs the labels backend (or proxy) and server");
}

}  // namespace steward::control
