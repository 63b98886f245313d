// Lines: an expression, a replacement, a separator, a label's value, and another's. What an
// extraction finds is never empty; labels alone never give anything back to a server.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "steward/base/text.hpp"
#include "steward/control/rule.hpp"

using namespace steward::control;

namespace {

bool takes_out(const Value& value) {
  switch (value.setting) {
    case Setting::state:
      return value.level == kDrain || value.level == kMaint;
    case Setting::weight:
      return value.level <= (value.percent ? 100 : kWeightMost);
    case Setting::health:
      return value.level == kStopping || value.level == kDown;
    case Setting::checks:
      return value.level == kDisabled;
    default:
      return false;
  }
}

void check_extraction(const Extraction::Options& options, const Labels& labels) {
  const auto extraction = Extraction::make(options);
  if (!extraction) {
    if (extraction.error().message.empty()) std::abort();
    return;
  }
  Rule rule;
  rule.server = *extraction;
  const auto found = extraction->of(labels);
  const auto target = target_of(rule, labels);
  if (found && found->empty()) std::abort();
  if (target.has_value() != found.has_value() || (target && target->server != found)) std::abort();
}

void check_wish(const Labels& labels) {
  const auto wish = wish_of_labels(labels);
  if (!wish || !*wish) return;
  const auto& [rule, target] = **wish;
  if (!target.backend || !target.server || !takes_out(rule.set)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto lines = steward::split({reinterpret_cast<const char*>(data), size}, '\n');
  lines.resize(5);
  const std::string one(lines[3]), other(lines[4]);
  check_extraction(
      {{"a", "b"}, std::string(lines[2]), std::string(lines[0]), std::string(lines[1])},
      {{"a", one}, {"b", other}});
  check_wish({{"haproxy_action", one}, {"backend", other}, {"server", std::string(lines[0])}});
  return 0;
}
