// Which part of the page a request wants: promex's query parameters, and ours.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "steward/base/result.hpp"

namespace re2 {
class RE2;
}

namespace steward::exposition {

// promex's scopes; certificate and worker are the steward's own.
enum class Scope : std::uint8_t {
  global,
  frontend,
  listener,
  backend,
  server,
  sticktable,
  resolver,
  certificate,
  worker,
};
inline constexpr std::size_t kScopes = 9;

[[nodiscard]] std::string_view to_string(Scope scope);

// A pattern over a whole name, as Prometheus anchors its matchers. Copies share it; thread-safe.
class NamePattern {
 public:
  NamePattern() = default;  // matches everything
  [[nodiscard]] static Result<NamePattern> compile(std::string_view pattern);
  [[nodiscard]] bool matches(std::string_view name) const;
  [[nodiscard]] bool matches_all() const { return !pattern_; }

 private:
  std::shared_ptr<const re2::RE2> pattern_;
};

struct Selection {
  std::uint32_t scopes = (1U << kScopes) - 1;  // a bit for each Scope
  std::unordered_set<std::string> only;        // family names; empty: all
  std::unordered_set<std::string> without;
  bool no_maint = false;        // no series of servers in maintenance
  bool extra_counters = false;  // the module counters (h1_, h2_, ssl_, quic_ …)
  NamePattern proxy, server;

  [[nodiscard]] bool wants(Scope scope) const {
    return (scopes >> static_cast<unsigned>(scope) & 1U) != 0;
  }
  [[nodiscard]] bool wants_family(const std::string& name) const {
    return (only.empty() || only.contains(name)) && !without.contains(name);
  }
};

// From decoded query parameters, in order:
//   scope=global|frontend|listener|backend|server|sticktable|resolver|certificate|worker|*
//         (repeatable; an empty value means none so far, as in promex)
//   metrics=name,-name (exact; names select, -names leave out), no-maint, extra-counters,
//   desc-labels (accepted: the runtime socket does not tell descriptions),
//   proxy=REGEX, server=REGEX (RE2, anchored).
// Parameters it does not know are left to others (target=). Errors are `invalid`, one sentence.
[[nodiscard]] Result<Selection> parse_selection(
    const std::vector<std::pair<std::string, std::string>>& query);

}  // namespace steward::exposition
