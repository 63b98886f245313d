#include "steward/control/matcher.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::control {
namespace {

constexpr std::string_view kNameStart = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:";
constexpr std::string_view kBlanks = " \t\r\n\f";  // Go's \s: no vertical tab

struct Operator {
  std::string_view text;
  bool negated, expression;
};
constexpr std::array<Operator, 4> kOperators{
    {{"=~", false, true}, {"!~", true, true}, {"!=", true, false}, {"=", false, false}}};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  const std::size_t end = text.find_last_not_of(kBlanks) + 1;
  return begin >= end ? std::string_view() : text.substr(begin, end - begin);
}

// What stands before the operator; empty: no name.
std::string_view take_name(std::string_view& text) {
  const std::string letters = std::string(kNameStart) + "0123456789";
  const std::size_t size = std::min(text.find_first_not_of(letters), text.size());
  const std::string_view name = text.substr(0, size);
  if (name.empty() || kNameStart.find(name.front()) == std::string_view::npos) return {};
  text = trimmed(text.substr(size));
  return name;
}

tl::unexpected<Error> bad(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid,
              "'{}' is no matcher: {}; write it as name=\"value\", with =, !=, "
              "=~ or !~",
              printable(text), why);
}

// What the text after the operator stands for; the error is the reason why it is none. A backslash
// that begins no escape stands for itself.
tl::expected<std::string, std::string_view> value_of(std::string_view raw) {
  constexpr std::string_view kEscapes = "n\"\\";
  constexpr std::string_view kUnpaired = "its quotes do not match";
  constexpr std::string_view kInner = "a quote within the value needs a backslash";
  const bool quoted = raw.starts_with('"');
  if (quoted) raw.remove_prefix(1);
  bool closed = !quoted;
  std::string value;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool last = i + 1 == raw.size();
    if (raw[i] == '"') {
      if (!last) return tl::unexpected(kInner);
      if (closed) return tl::unexpected(kUnpaired);
      closed = true;
    } else if (raw[i] == '\\' && !last && kEscapes.find(raw[i + 1]) != kEscapes.npos) {
      value += raw[++i] == 'n' ? '\n' : raw[i];
    } else {
      value += raw[i];
    }
  }
  if (!closed) return tl::unexpected(kUnpaired);
  return value;
}

// Alertmanager's configuration takes these two of a value without quotes for its own.
bool needs_quotes(std::string_view raw) {
  return !raw.starts_with('"') && (raw.find(',') != raw.npos || raw.ends_with('}'));
}

Result<std::shared_ptr<const RE2>> expression_of(const std::string& value, std::string_view text) {
  if (value.size() > limits::kPatternBytes) {
    return bad(text, fmt::format("its expression has more than {} bytes", limits::kPatternBytes));
  }
  auto expression = std::make_shared<const RE2>(value, RE2::Quiet);
  if (!expression->ok()) return bad(text, expression->error());
  return expression;
}

}  // namespace

bool Matcher::matches(const Labels& labels) const {
  const auto found = labels.find(name_);
  const std::string_view text = found == labels.end() ? std::string_view() : found->second;
  const bool same = expression_ ? RE2::FullMatch(text, *expression_) : text == value_;
  return same != negated_;
}

Result<Matcher> parse_matcher(std::string_view text) {
  Matcher matcher;
  matcher.text_ = trimmed(text);
  std::string_view rest = matcher.text_;
  matcher.name_ = take_name(rest);
  if (matcher.name_.empty()) return bad(text, "it does not begin with the name of a label");
  const auto op = std::ranges::find_if(
      kOperators, [&](const Operator& each) { return rest.starts_with(each.text); });
  if (op == kOperators.end()) return bad(text, "no operator follows the name");
  matcher.negated_ = op->negated;
  const std::string_view raw = trimmed(rest.substr(op->text.size()));
  if (needs_quotes(raw)) {
    return bad(text,
               "a value with a comma, or with a brace at its end, needs quotes; several matchers "
               "are several items of the list");
  }
  auto value = value_of(raw);
  if (!value) return bad(text, value.error());
  if (to_utf8(*value) != *value) return bad(text, "the value is not UTF-8");
  matcher.value_ = *std::move(value);
  if (!op->expression) return matcher;
  auto expression = expression_of(matcher.value_, text);
  if (!expression) return tl::unexpected(expression.error());
  matcher.expression_ = *std::move(expression);
  return matcher;
}

bool all_match(const std::vector<Matcher>& matchers, const Labels& labels) {
  return !matchers.empty() &&
         std::ranges::all_of(matchers, [&](const Matcher& each) { return each.matches(labels); });
}

}  // namespace steward::control
