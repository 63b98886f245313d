#include "steward/control/matcher.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::control {
namespace {

constexpr std::string_view kNameStart = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:";
constexpr std::string_view kBlanks = " \t\r\n\f\v";

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

// \" \n and \\ are escapes; a backslash before anything else stands for itself.
std::optional<std::string> unescape(std::string_view text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (text[i] == 'n') {
      value += '\n';
    } else {
      if (text[i] != '"' && text[i] != '\\') value += '\\';
      value += text[i];
    }
  }
  return value;
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
  std::string_view value = trimmed(rest.substr(op->text.size()));
  const bool opened = value.starts_with('"');
  if (opened) value.remove_prefix(1);
  const bool closed =
      value.ends_with('"') && !(value.ends_with("\\\"") && !value.ends_with("\\\\\""));
  if (opened != closed) return bad(text, "its quotes do not match");
  if (closed) value.remove_suffix(1);
  if (!opened && value.find(',') != std::string_view::npos) {
    return bad(text, "a comma needs quotes; several matchers are several items of the list");
  }
  const auto unescaped = unescape(value);
  if (!unescaped) return bad(text, "a quote within the value needs a backslash");
  if (to_utf8(*unescaped) != *unescaped) return bad(text, "the value is not UTF-8");
  matcher.value_ = *unescaped;
  if (!op->expression) return matcher;
  if (matcher.value_.size() > limits::kPatternBytes) {
    return bad(text, fmt::format("its expression has more than {} bytes", limits::kPatternBytes));
  }
  auto expression = std::make_shared<const RE2>(matcher.value_, RE2::Quiet);
  if (!expression->ok()) return bad(text, expression->error());
  matcher.expression_ = std::move(expression);
  return matcher;
}

bool all_match(const std::vector<Matcher>& matchers, const Labels& labels) {
  return !matchers.empty() &&
         std::ranges::all_of(matchers, [&](const Matcher& each) { return each.matches(labels); });
}

}  // namespace steward::control
