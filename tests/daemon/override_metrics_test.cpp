#include "steward/daemon/override_metrics.hpp"

#include <prometheus/text_serializer.h>

#include <catch2/catch_test_macros.hpp>

#include "steward/base/limits.hpp"

using namespace steward;
using namespace steward::daemon;

namespace {

control::Override drained() {
  control::Override each;
  each.id = "01J";
  each.target = {"lb1", "web", "web2"};
  each.value = {control::Setting::state, control::kDrain, false};
  each.origin.rule = "drain-odd-server";
  each.origin.principal = "alertmanager";
  each.reason = "it errs";
  each.created = Time(std::chrono::seconds(1'000));
  each.expires = Time(std::chrono::milliseconds(1'600'500));
  each.phase = control::Phase::active;
  return each;
}

std::string page(const control::Override& each) {
  const std::vector<control::Override> all{each};
  return prometheus::TextSerializer().Serialize(override_metrics(all));
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a live override tells whom it holds, what for, who wants it and until when") {
  const std::string text = page(drained());
  CHECK(says(text,
             "haproxy_steward_override_info{haproxy=\"lb1\",override=\"01J\",proxy=\"web\","
             "server=\"web2\",setting=\"state\",value=\"drain\",phase=\"active\",origin=\"alert\","
             "by=\"drain-odd-server\",reason=\"it errs\"} 1\n"));
  CHECK(says(text,
             "haproxy_steward_override_created_timestamp_seconds{haproxy=\"lb1\","
             "override=\"01J\"} 1000\n"));
  CHECK(says(text,
             "haproxy_steward_override_expires_timestamp_seconds{haproxy=\"lb1\","
             "override=\"01J\"} 1600.5\n"));
}

TEST_CASE("of a manual override the principal is named, of one that waits the guard") {
  control::Override each = drained();
  each.origin.kind = control::OwnerKind::person;
  each.origin.principal = "ada";
  each.expires.reset();
  each.phase = control::Phase::pending;
  each.guard = control::Guard::min_available;
  const std::string text = page(each);
  CHECK(says(text, "phase=\"pending\",guard=\"min_available\",origin=\"manual\",by=\"ada\""));
  CHECK_FALSE(says(text, "haproxy_steward_override_expires_timestamp_seconds{"));
}

TEST_CASE("a reason is one line, escaped, and not longer than its limit") {
  control::Override each = drained();
  each.reason = "a \"b\"\n\\c";
  CHECK(says(page(each), R"(reason="a \"b\"\\n\\c"})"));
  each.reason = std::string(limits::kReasonLabelBytes, 'x');
  CHECK(says(page(each), "reason=\"" + each.reason + "\"}"));
  each.reason += "yz";
  CHECK_FALSE(says(page(each), "yz"));
}

TEST_CASE("without overrides there is no series of them") {
  CHECK_FALSE(says(prometheus::TextSerializer().Serialize(override_metrics({})), "{"));
}
