#include "steward/exposition/selection.hpp"

#include <re2/re2.h>

#include <array>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::exposition {
namespace {

constexpr std::array<std::string_view, kScopes> kScopeNames{"global",   "frontend",    "listener",
                                                            "backend",  "server",      "sticktable",
                                                            "resolver", "certificate", "worker"};

constexpr std::uint32_t kAllScopes = (1U << kScopes) - 1;

Result<std::uint32_t> scope_bits(std::string_view name) {
  if (name.empty()) return 0U;
  if (name == "*") return kAllScopes;
  for (std::size_t i = 0; i < kScopes; ++i) {
    if (name == kScopeNames[i]) return 1U << i;
  }
  return fail(ErrorCode::invalid, "scope '{}' is not known; use {} or *", printable(name),
              fmt::join(kScopeNames, ", "));
}

void read_metrics(std::string_view list, Selection& selection) {
  for (std::string_view name : split(list, ',')) {
    name = trim(name);
    if (name.empty()) continue;
    if (name.front() == '-') {
      selection.without.emplace(name.substr(1));
    } else {
      selection.only.emplace(name);
    }
  }
}

Result<void> read_pattern(std::string_view key, std::string_view value, NamePattern& pattern) {
  if (!pattern.matches_all()) {
    return fail(ErrorCode::invalid, "{} is given twice; write {}=a|b", key, key);
  }
  auto compiled = NamePattern::compile(value);
  if (!compiled) return fail_within(key, compiled.error());
  pattern = std::move(*compiled);
  return {};
}

Result<void> read_parameter(std::string_view key, std::string_view value, Selection& selection) {
  if (key == "metrics") read_metrics(value, selection);
  if (key == "no-maint") selection.no_maint = true;
  if (key == "extra-counters") selection.extra_counters = true;
  if (key == "proxy") return read_pattern(key, value, selection.proxy);
  if (key == "server") return read_pattern(key, value, selection.server);
  return {};
}

}  // namespace

std::string_view to_string(Scope scope) { return kScopeNames[static_cast<std::size_t>(scope)]; }

Result<NamePattern> NamePattern::compile(std::string_view pattern) {
  if (pattern.size() > limits::kPatternBytes) {
    return fail(ErrorCode::limit, "a pattern may have {} bytes", limits::kPatternBytes);
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto compiled =
      std::make_shared<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok()) {
    return fail(ErrorCode::invalid, "'{}' is not a regular expression: {}", printable(pattern),
                printable(compiled->error()));
  }
  NamePattern result;
  result.pattern_ = std::move(compiled);
  return result;
}

bool NamePattern::matches(std::string_view name) const {
  if (!pattern_) return true;
  return re2::RE2::FullMatch(re2::StringPiece(name.data(), name.size()), *pattern_);
}

Result<Selection> parse_selection(const std::vector<std::pair<std::string, std::string>>& query) {
  Selection selection;
  bool scoped = false;
  for (const auto& [key, value] : query) {
    if (key == "scope") {
      const auto bits = scope_bits(value);
      if (!bits) return tl::unexpected(bits.error());
      selection.scopes = (scoped ? selection.scopes : 0) | *bits;
      scoped = true;
    } else if (auto taken = read_parameter(key, value, selection); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  return selection;
}

}  // namespace steward::exposition
