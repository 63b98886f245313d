// A whole webhook: bytes → payload → rules, guards → plan → HAProxy. The first byte is who sends it
// (viewer, operator, admin; with rules or with labels obeyed).
//   - Never fewer servers are usable than the guards promise, without an admin's force.
//   - There is an outcome for every alert and action, with a reason where it is refused.
//   - The plan is text that HAProxy's command line takes as one command each.
//   - The same delivery again makes nothing new.
//   - When every alert is resolved and every lease is over, every server is as configured.
#include "require.hpp"

#include "control/life.hpp"
#include "steward/http/payload.hpp"
#include "steward/runtime/commands.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;
using steward::fuzz::require;

namespace {

class Webhook {
 public:
  explicit Webhook(unsigned kind) {
    scene_.caller.principal.role = static_cast<Role>(kind % 3);
    if ((kind & 4U) != 0) scene_.policy.rules.clear();  // labels are obeyed
    scene_.haproxy.backends["api"] = {{"api1", {}}, {"api2", {}}};
    scene_.look();
  }

  void take(const Delivery& delivery) {
    check(report_of(delivery));
    const auto before = scene_.book.live_count();
    check(report_of(delivery));
    require(scene_.book.live_count() == before);
    carry_out();
    check_floor();
    Delivery resolved = delivery;
    for (Alert& alert : resolved.alerts) alert.firing = false;
    check(report_of(resolved));
  }

  void take(const ManualRequest& request) {
    const Report report = scene_.decide([&](Draft& draft, const World& at) {
      return control::take(draft, at, request.actions, scene_.caller);
    });
    check(report);
    require(report.outcomes.size() >= request.actions.size());
    const bool forced = std::ranges::any_of(request.actions, &ManualAction::force);
    carry_out();
    if (!forced || scene_.caller.principal.role != Role::admin) check_floor();
  }

  void end() {
    scene_.pass(25h);
    rest(scene_, 5s);
    for (std::size_t left = scene_.book.live_count(); left > 0; --left) release_first();
    rest(scene_, 5s);
    require(scene_.book.live_count() == 0);
    for (const auto& [backend, servers] : scene_.haproxy.backends) {
      for (const auto& [name, server] : servers) {
        require(server.admin == 0 && server.weight == server.initial && server.checks);
        require(scene_.nothing_of_ours(backend + "/" + name));
      }
    }
  }

 private:
  Report report_of(const Delivery& delivery) {
    Report report = scene_.decide([&](Draft& draft, const World& at) {
      return control::take(draft, at, delivery, scene_.caller);
    });
    require(report.outcomes.size() >= delivery.alerts.size());
    return report;
  }

  void check(const Report& report) const {
    for (const Outcome& each : report.outcomes) {
      require(each.did != Did::rejected || !each.reason.empty());
      require(each.override_id.empty() || scene_.book.find(each.override_id) != nullptr);
    }
  }

  void carry_out() {
    scene_.look();
    for (const Step& step : scene_.compare()) {
      for (const Command& command : step.commands) {
        const auto text = runtime::text_of(command, step.target);
        require(text && text->find_first_of(";\n\\#<") == std::string::npos);
      }
      scene_.haproxy.apply(step);
    }
    scene_.settle();
  }

  void check_floor() const {
    for (const auto& [backend, servers] : scene_.haproxy.backends) {
      require(scene_.usable_servers(backend) >= (servers.size() + 1) / 2);
    }
  }

  void release_first() {
    for (const auto& [backend, servers] : scene_.haproxy.backends) {
      for (const Override* each : scene_.book.of_backend("lb1", backend)) {
        if (live(each->phase) && each->phase != Phase::releasing) return scene_.release(each->id);
      }
    }
  }

  Scene scene_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto payload = http::parse_payload({reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!payload) return 0;
  Webhook webhook(data[0]);
  std::visit([&](const auto& each) { webhook.take(each); }, *payload);
  webhook.end();
  return 0;
}
