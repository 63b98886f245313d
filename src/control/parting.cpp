#include "steward/control/parting.hpp"

#include "steward/base/text.hpp"
#include "steward/control/lifecycle.hpp"
#include "steward/control/taking_out.hpp"

namespace steward::control {
namespace {

// Idle connections hold a server up for so long: "pool-purge-delay", and then some.
constexpr auto kConnectionsPatience = std::chrono::seconds(30);

class Parting : MembershipTurn {
 public:
  using MembershipTurn::MembershipTurn;

  void run() {
    if (now_.stage == Stage::absent) return stand();
    if (server() == nullptr) return leave();
    if (now_.override_id.empty()) return drain_again();
    const Override* out = draft_.book().find(now_.override_id);
    if (out == nullptr || !live(out->phase) || out->phase == Phase::releasing) {
      return fail("what kept it out has ended" + (out == nullptr ? "" : ": " + out->detail));
    }
    if (now_.stage == Stage::draining) return drain(*out);
    remove(*out);
  }

 private:
  void stand() {
    if (server() == nullptr) {
      if (same_process()) return;
      now_.epoch = view_.epoch();
      if (!now_.configured) return enter(Stage::ended, "nothing brings it back");
      return draft_.put(now_);
    }
    if (same_process()) return enter(Stage::yielded, "somebody else added it again");
    if (!now_.address.empty() && there() != now_.address) {
      return enter(Stage::yielded,
                   "HAProxy has another server of that name, at " + printable(there(), 80));
    }
    now_.override_id.clear();
    begin_again(Stage::draining);
  }

  // After a reload: as patient as an alert, and past no guard. Whoever forced it saw other numbers,
  // and what replaces it may not serve yet.
  void drain_again() {
    auto id = take_out(
        draft_, world_,
        {now_.target, now_.principal, "to be removed again", OwnerKind::membership, now_.id},
        nullptr);
    now_.deadline = world_.now + now_.patience;
    if (!id) return wait(fmt::format("{}: {}", to_string(id.error().guard), id.error().detail));
    now_.override_id = *std::move(id);
    enter(Stage::draining, "HAProxy was reloaded or restarted");
  }

  // One that a reload took out of the configuration may still have sessions of the worker before.
  void leave() {
    const Activities* all = view_.activities();
    const bool told = all != nullptr && now_.stage == Stage::draining && !overdue();
    const auto left = told ? all->left({now_.target.backend, now_.target.server}) : 0;
    if (left == 0) return finish();
    now_.sessions = left;
    wait(fmt::format("{} sessions are left", left));
  }

  void drain(const Override& out) {
    if (out.phase != Phase::active) {
      if (overdue()) return fail("it could not be drained: " + out.detail);
      return wait(out.guard == Guard::none ? "" : out.detail);
    }
    if (now_.attempts == 0) {  // only what is read from here on counts
      now_.attempts = 1;
      now_.since = world_.now;
      return draft_.put(now_);
    }
    const auto sessions = sessions_since(view_, now_.target, now_.since);
    if (sessions == 0U) return remove_it();
    now_.sessions = sessions;
    if (sessions) wait(fmt::format("{} sessions are left", *sessions));
    if (!overdue()) return;
    if (now_.cut) return remove_it();
    fail(sessions ? fmt::format("{} sessions were left at the deadline", *sessions)
                  : "HAProxy did not tell its sessions");
  }

  void remove_it() {
    drain_to_maint(draft_, world_, now_.override_id);
    enter(Stage::deleting);
  }

  void remove(const Override& out) {
    if (out.phase != Phase::active || !server()->in_maint()) {
      if (patience_is_over()) fail("it could not be put into maintenance: " + out.detail);
      return;
    }
    if (answered() && !connected(done_->answer)) {
      return fail(refusal());
    }
    if (patience_is_over()) return fail("it still had connections");
    if (answered()) wait(refusal());
    std::vector<Command> commands{{Verb::del_server}};
    if (now_.cut) commands.insert(commands.begin(), Command{Verb::shutdown_sessions});
    tell(std::move(commands));
  }

  static bool connected(std::string_view answer) {
    return answer.find("onnection") != std::string_view::npos;
  }
  [[nodiscard]] bool patience_is_over() const {
    return overdue() && world_.now - now_.since > kConnectionsPatience;
  }

  void fail(const std::string& why) {
    bring_back(draft_, world_, now_.override_id, "it was not removed: " + why);
    enter(Stage::failed, why);
  }

  void finish() {
    if (const Override* out = draft_.book().find(now_.override_id);
        out != nullptr && live(out->phase)) {
      Override changed = *out;
      changed.end = End::asked;
      changed.ended_by = now_.principal;
      changed.detail = "the server was removed";
      Lifecycle(draft_, world_).release(changed, changed.value, done_);
    }
    end_wishes("the server was removed");
    now_.epoch = view_.epoch();
    enter(Stage::absent);
  }
};

}  // namespace

std::optional<std::uint64_t> sessions_since(const View& view, const ServerRef& target, Time time) {
  const Activities* all = view.activities();
  if (all == nullptr || all->read_at() <= time) return std::nullopt;
  const Activity* found = all->find({target.backend, target.server});
  return found == nullptr ? std::nullopt : std::optional(found->sessions);
}

void part(Draft& draft, const World& world, const View& view, const Done* done,
          const Membership& membership, std::vector<Step>& steps) {
  Parting(draft, world, view, done, membership, steps).run();
}

}  // namespace steward::control
