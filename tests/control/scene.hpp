// The control loop around a HAProxy in memory, and lives played on it.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/fake_haproxy.hpp"
#include "steward/control/availability.hpp"
#include "steward/control/intake.hpp"
#include "steward/control/manual.hpp"
#include "steward/control/membership_requests.hpp"
#include "steward/control/reconcile.hpp"
#include "steward/control/rederive.hpp"

namespace steward::control::test {

using namespace std::chrono_literals;

// The control loop around it, with time that passes when it is told to.
class Scene {
 public:
  explicit Scene(std::size_t servers = 4) {
    for (std::size_t i = 1; i <= servers; ++i)
      haproxy.backends["web"][fmt::format("web{}", i)] = {};
    policy.rules = {
        rule("Sick", {Setting::state, kDrain}), rule("Broken", {Setting::state, kMaint}),
        rule("Slow", {Setting::weight, 50, true}), rule("Dead", {Setting::health, kDown}),
        rule("Blind", {Setting::checks, kDisabled})};
    policy.limits.defaults.rate_count = 0;
    policy.limits.rate_count = 0;
    policy.limits.defaults.flap_hold = 0ms;
    policy.limits.defaults.mass_alert_percent = 100;
    policy.limits.defaults.max_overridden_percent = 100;
    look();
  }

  static Rule rule(const std::string& name, const Value& value) {
    Rule made;
    made.name = name;
    made.match = {*parse_matcher("alertname=" + name)};
    made.backend = *Extraction::make({{"proxy"}, ";", "(.*)", "$1"});
    made.server = *Extraction::make({{"server"}, ";", "(.*)", "$1"});
    made.set = value;
    made.min_hold = 0ms;
    return made;
  }

  // Of the backend web, unless `server` is "backend/server".
  static Alert alert(const std::string& name, const std::string& server, bool firing = true,
                     Time starts = Time{1s}) {
    const auto target = target_of(server);
    return {firing,
            {{"alertname", name}, {"proxy", target.backend}, {"server", target.server}},
            name + server,
            starts};
  }
  static ServerRef target_of(const std::string& server) {
    const auto slash = server.find('/');
    if (slash == std::string::npos) return {"lb1", "web", server};
    return {"lb1", server.substr(0, slash), server.substr(slash + 1)};
  }

  Report fire(const std::string& name, const std::string& server, Time starts = Time{1s}) {
    return deliver({alert(name, server, true, starts)});
  }
  Report resolve(const std::string& name, const std::string& server, Time starts = Time{1s}) {
    return deliver({alert(name, server, false, starts)});
  }
  Report deliver(std::vector<Alert> alerts) {
    return decide([&](Draft& draft, const World& at) {
      return take(draft, at, Delivery{"r", "g", std::move(alerts), 0}, caller);
    });
  }
  // The configuration is read again with another value in the rule.
  void edit_rule(const std::string& name, const Value& value) {
    for (Rule& rule : policy.rules) {
      if (rule.name == name) rule.set = value;
    }
    decide([&](Draft& draft, const World& at) {
      rederive(draft, at);
      return Report();
    });
  }
  Report act(const Value& value, const std::string& server, bool force = false) {
    ManualAction asked = action(value, server);
    asked.force = force;
    return act(asked, caller);
  }
  Report act(const Value& value, const std::string& server, const Caller& who,
             std::optional<std::chrono::milliseconds> lease = {}) {
    ManualAction asked = action(value, server);
    asked.lease = lease;
    return act(asked, who);
  }
  // By percentages of the configured weight.
  Report ramp(std::uint16_t from, std::uint16_t to, std::chrono::milliseconds over,
              const std::string& server, const Caller& who) {
    ManualAction asked = action({Setting::weight, to, true}, server);
    asked.ramp = ManualAction::Climb{from, over};
    return act(asked, who);
  }
  Report act(const ManualAction& asked, const Caller& who) {
    return decide(
        [&](Draft& draft, const World& at) { return take(draft, at, std::vector{asked}, who); });
  }
  static ManualAction action(const Value& value, const std::string& server) {
    ManualAction made;
    const auto target = target_of(server);
    made.backend = target.backend;
    made.server = target.server;
    made.value = value;
    return made;
  }

  // Decides, and keeps it.
  template <class Work>
  Report decide(const Work& work) {
    Draft draft(book);
    Report report = work(draft, world());
    keep(draft);
    return report;
  }

  // The same, unless it is refused.
  template <class Work>
  auto ask(const Work& work) {
    Draft draft(book);
    auto answer = work(draft, world());
    if (answer) keep(draft);
    return answer;
  }

  // What was refused makes the test fail.
  Membership add(AddRequest request) {
    return ask([&](Draft& draft, const World& at) {
             return add_server(draft, at, request, caller);
           })
        .value()
        .at(0);
  }
  Membership remove(RemoveRequest request) {
    return ask([&](Draft& draft, const World& at) {
             return remove_server(draft, at, request, caller);
           })
        .value()
        .at(0);
  }
  void release(std::string id) {
    decide([&](Draft& draft, const World& at) {
      control::release(draft, *draft.book().find(id), End::asked, at, caller, "asked");
      return Report();
    });
  }

  // Compares and commands, until there is nothing to do, as one tick does.
  void settle() {
    std::vector<Done> done;
    for (int i = 0; i < 5; ++i) {
      look();
      const auto steps = compare(done);
      if (steps.empty()) return;
      done.clear();
      for (const Step& step : steps) {
        const bool obeyed = haproxy.apply(step);
        done.push_back({step.target,
                        step.aspect,
                        "command",
                        obeyed ? "" : "no",
                        {},
                        step.subject,
                        haproxy.answers});
      }
    }
  }

  std::vector<Step> compare(const std::vector<Done>& done = {}) {
    Draft draft(book);
    auto steps = reconcile(draft, world(), *view_, done);
    keep(draft);
    return steps;
  }

  void pass(std::chrono::milliseconds time) {
    idle(time);
    settle();
  }

  void seconds(int count) {
    for (int i = 0; i < count; ++i) pass(1s);
  }

  // Time in which no steward runs. Checks run once a second; after five all have their verdict.
  void idle(std::chrono::milliseconds time) {
    now += time;
    const auto seconds = std::clamp<std::int64_t>(time / 1s, 1, 5);
    for (auto left = seconds; left > 0; --left) {
      haproxy.advance(now - std::chrono::seconds(left - 1));
      haproxy.check();
    }
  }

  void look() {
    haproxy.advance(now);
    view_ = std::make_shared<const View>(haproxy.view(now));
  }
  [[nodiscard]] const View& sight() const { return *view_; }

  [[nodiscard]] World world() {
    sights_["lb1"].view = blind ? nullptr : view_.get();
    return {policy, sights_, paused, now, [this] { return fmt::format("{:026}", ++ids_); }};
  }

  // The book as a steward that starts now would have it.
  [[nodiscard]] Book reloaded() const {
    Book fresh;
    for (const auto& [id, each] : ledger_) fresh.put(each);
    for (const auto& [name, each] : holds_) fresh.put(each);
    for (const auto& [id, each] : memberships_) fresh.put(each);
    for (const auto& [id, each] : rollouts_) fresh.put(each);
    fresh.witness("lb1").resume(now, sight().epoch(), book.witness("lb1").doubts());
    return fresh;
  }
  // A steward that starts now knows what the ledger was told, and nothing else.
  void begin_again() { book = reloaded(); }
  [[nodiscard]] std::vector<ServerRef> targets() const {
    std::vector<ServerRef> all;
    for (const auto& [name, each] : haproxy.backends.at("web")) all.push_back({"lb1", "web", name});
    return all;
  }

  [[nodiscard]] FakeHAProxy::Server& server(const std::string& name) {
    const auto target = target_of(name);
    return haproxy.backends.at(target.backend).at(target.server);
  }
  // Whether no override of the server lives, and every hold is a tombstone.
  [[nodiscard]] bool nothing_of_ours(const std::string& server) const {
    const Book::Shelf* shelf = book.shelf(target_of(server));
    return shelf == nullptr || (shelf->live.empty() && std::ranges::all_of(shelf->holds, is_over));
  }
  static bool is_over(const Hold& hold) {
    const bool frozen = hold.setting == Setting::health && hold.ours.level != kByChecks &&
                        hold.baseline.level != kByChecks;
    // In a maintenance by hand no pinned health is confirmed for good.
    return hold.tombstone && hold.confirmed != Confirmed::no &&
           (hold.ours == hold.baseline || frozen);
  }
  [[nodiscard]] const Override& only(const Report& report) const {
    return *book.find(report.outcomes.at(0).override_id);
  }
  [[nodiscard]] std::size_t usable_servers(const std::string& backend = "web") const {
    const View view = haproxy.view(now);
    return static_cast<std::size_t>(std::ranges::count_if(view.backend(backend), usable));
  }

  FakeHAProxy haproxy;
  Book book;
  Policy policy;
  Time now{1'000'000s};
  std::optional<std::string> paused;
  bool blind = false;   // no decision sees HAProxy
  bool keeping = true;  // what was decided
  Caller caller{{"alice", Role::admin, {}, {}}, "request", "127.0.0.1"};
  Caller bob{{"bob", Role::operator_, {}, {}}, "request", "127.0.0.1"};
  std::vector<AuditRecord> audit;

 private:
  void keep(Draft& draft) {
    if (!keeping) return;
    for (auto& line : draft.changes().audit) audit.push_back(std::move(line));
    for (auto& each : draft.changes().overrides) ledger_.insert_or_assign(each.id, each);
    for (auto& each : draft.changes().holds) holds_.insert_or_assign(key_of(each), each);
    for (auto& each : draft.changes().dropped) holds_.erase(key_of(each));
    for (auto& each : draft.changes().memberships) memberships_.insert_or_assign(each.id, each);
    for (auto& each : draft.changes().rollouts) rollouts_.insert_or_assign(each.id, each);
    draft.keep();
  }
  static std::string key_of(const Hold& hold) {
    return fmt::format("{}/{} {}", hold.target.backend, hold.target.server,
                       to_string(hold.setting));
  }

  std::shared_ptr<const View> view_;
  std::map<std::string, Sight, std::less<>> sights_;
  std::uint64_t ids_ = 0;
  std::map<std::string, Override> ledger_;
  std::map<std::string, Hold> holds_;
  std::map<std::string, Membership> memberships_;
  std::map<std::string, Rollout> rollouts_;
};

}  // namespace steward::control::test
