#include "steward/config/guards_load.hpp"

#include <string>
#include <utility>
#include <vector>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/control/server_ref.hpp"

namespace steward::config {
namespace {

using control::BackendLimits;
using control::Limits;

constexpr std::uint32_t kPercent = 100;
constexpr std::uint32_t kCount = 1'000'000;

struct Rate {
  std::uint32_t& count;
  std::chrono::milliseconds& window;
};

void read_rate(Section& section, std::string_view key, Rate rate) {
  section.section(key, rate, [](Section& inner, Rate& into) {
    inner.read("count", into.count, 0, kCount);
    inner.read("window", into.window);
  });
}

auto number_up_to(std::uint32_t most) {
  return [most](std::string_view text) -> Result<std::uint32_t> {
    const auto number = parse_number<std::uint32_t>(text);
    if (number && *number <= most) return *number;
    return fail(ErrorCode::invalid, "it is a whole number from 0 to {}, not '{}'", most,
                printable(text));
  };
}

Result<control::Verify> parse_verify(std::string_view text) {
  if (text == "checks") return control::Verify::checks;
  if (text == "up") return control::Verify::up;
  return fail(ErrorCode::invalid, "'{}' is not a way to verify: use checks or up", printable(text));
}

void read_limits(Section& section, BackendLimits& limits) {
  section.section("min_available", limits, [](Section& inner, BackendLimits& into) {
    inner.read("count", into.min_available_count, 0, kCount);
    inner.read("percent", into.min_available_percent, 0, kPercent);
    inner.read("count_backups", into.count_backups);
  });
  section.section("min_wanted", limits, [](Section& inner, BackendLimits& into) {
    inner.read("count", into.min_wanted_count, number_up_to(kCount));
    inner.read("percent", into.min_wanted_percent, number_up_to(kPercent));
  });
  section.read("verify", limits.verify, parse_verify);
  section.read("fail_open", limits.fail_open);
  section.section("max_overridden", limits, [](Section& inner, BackendLimits& into) {
    inner.read("percent", into.max_overridden_percent, 0, kPercent);
    inner.read("count", into.max_overridden_count, 0, kCount);
  });
  section.section("mass_alert", limits, [](Section& inner, BackendLimits& into) {
    inner.read("percent", into.mass_alert_percent, 0, kPercent);
    inner.read("window", into.mass_alert_window);
  });
  read_rate(section, "rate", {limits.rate_count, limits.rate_window});
  section.read("spacing", limits.spacing);
  section.section("flap", limits, [](Section& inner, BackendLimits& into) {
    inner.read("hold", into.flap_hold);
    inner.read("max", into.flap_most);
    inner.read("window", into.flap_window);
  });
}

struct NamedLimits {
  std::string name;
  BackendLimits limits;
};

Result<std::string> parse_backend(std::string_view text) {
  if (control::valid_haproxy_name(text)) return std::string(text);
  return fail(ErrorCode::invalid, "'{}' is not the name of a backend", printable(text));
}

void read_all(Section& section, Limits& limits) {
  read_limits(section, limits.defaults);
  read_rate(section, "total_rate", {limits.rate_count, limits.rate_window});
  section.read("stale", limits.stale);
  section.read("verify_after", limits.verify_after);
  section.read("carry", limits.carry);
  section.read("calm", limits.calm);
  std::vector<NamedLimits> backends;
  section.sections(
      "backends", backends,
      [&](Section& inner, NamedLimits& named) {
        named.limits = limits.defaults;
        inner.require("name");
        inner.read("name", named.name, parse_backend);
        read_limits(inner, named.limits);
        if (!limits.backends.emplace(named.name, named.limits).second) {
          inner.problem("name", "it is given twice");
        }
      },
      limits::kBackendLimits);
}

}  // namespace

void read_guards(Section& root, Limits& limits) { root.section("guards", limits, read_all); }

}  // namespace steward::config
