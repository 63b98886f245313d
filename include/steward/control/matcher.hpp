// Alertmanager's label matchers.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"

namespace re2 {
class RE2;
}

namespace steward::control {

using Labels = std::map<std::string, std::string, std::less<>>;

// One matcher. A label that is absent is the empty string, as in Alertmanager. Copies share the
// compiled expression; safe to use from any thread.
class Matcher {
 public:
  [[nodiscard]] bool matches(const Labels& labels) const;
  [[nodiscard]] const std::string& text() const { return text_; }
  bool operator==(const Matcher& other) const { return text_ == other.text_; }

 private:
  friend Result<Matcher> parse_matcher(std::string_view text);
  std::string text_, name_, value_;
  bool negated_ = false;
  std::shared_ptr<const re2::RE2> expression_;  // null: compared as text
};

// `name="value"`, `name!="value"`, `name=~"regex"`, `name!~"regex"`, blanks around, as
// Alertmanager's classic parser (pkg/labels/parse.go): the value may go without quotes if it has
// none inside; \" \n \\ are escapes. What Alertmanager's configuration would read in another way is
// refused: without quotes, a comma (two matchers there) and a brace at the end. Names
// [a-zA-Z_:][a-zA-Z0-9_:]*; expressions RE2, anchored at both ends, of at most
// limits::kPatternBytes. The message says what is wrong.
[[nodiscard]] Result<Matcher> parse_matcher(std::string_view text);

// All of them; an empty list matches nothing (an empty rule must not mean everything).
[[nodiscard]] bool all_match(const std::vector<Matcher>& matchers, const Labels& labels);

}  // namespace steward::control
