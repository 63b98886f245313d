// The first line is a matcher, the rest a label's value. What is taken is read back as the same,
// and says of a label the opposite of what its negation says.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "steward/control/matcher.hpp"

using namespace steward::control;

namespace {

// "a=b" → "a!=b", "a=~b" → "a!~b" and back; the blank keeps "a!=~" from becoming "a=~".
std::string negated(std::string text) {
  const std::size_t at = text.find_first_of("=!");
  if (text[at] == '!') {
    return text.replace(at, 2, text[at + 1] == '~' ? "=~" : "= ");
  }
  return text.replace(at, 1, text[at + 1] == '~' ? "!" : "!=");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const auto matcher = parse_matcher(input.substr(0, end));
  if (!matcher) {
    if (matcher.error().message.find("is no matcher") == std::string::npos) std::abort();
    return 0;
  }
  const Labels labels{{"a", std::string(input.substr(std::min(end + 1, size)))}};
  const auto again = parse_matcher(matcher->text());
  if (!again || *again != *matcher) std::abort();
  const auto opposite = parse_matcher(negated(matcher->text()));
  if (!opposite) std::abort();
  for (const Labels& each : {labels, Labels{}}) {
    if (matcher->matches(each) == opposite->matches(each)) std::abort();
    if (matcher->matches(each) != all_match({*matcher, *again}, each)) std::abort();
  }
  return 0;
}
