#include "steward/control/joining.hpp"

#include "steward/control/baseline.hpp"

#include <algorithm>

#include "steward/base/text.hpp"
#include "steward/control/aspect.hpp"
#include "steward/control/gate.hpp"

namespace steward::control {
namespace {

// Between why it is undone, and why that takes so long.
constexpr std::string_view kMeanwhile = "; it serves meanwhile: ";

class Joining : MembershipTurn {
 public:
  using MembershipTurn::MembershipTurn;

  void run() {
    switch (now_.stage) {
      case Stage::adding:
        return server() == nullptr ? add() : take_over();
      case Stage::joining:
        return server() == nullptr ? lose() : let_in();
      case Stage::present:
        return stand();
      default:
        return undo();
    }
  }

 private:
  void add() {
    if (answered() && !taken(done_->answer)) return enter(Stage::failed, refusal());
    if (overdue()) return enter(Stage::failed, "HAProxy did not take it in time");
    forget_server();
    Command command{Verb::add_server};
    command.text = now_.options.empty() ? now_.address : now_.address + " " + now_.options;
    now_.epoch = view_.epoch();
    tell({command});
  }

  // It was, and is not there: another process of HAProxy has come meanwhile.
  static bool taken(std::string_view answer) {
    return answer.find("server registered") != std::string_view::npos;
  }

  // It is there. The outcome may have been lost, so that the address has to say whether it is ours.
  void take_over() {
    if (there() != now_.address) return yield_to_another();
    now_.epoch = view_.epoch();
    enter(Stage::joining);
  }

  void yield_to_another() {
    enter(Stage::yielded, "somebody else added it, at " + printable(there(), 80));
  }

  void lose() {
    if (!same_process()) return begin_again(Stage::adding);
    enter(Stage::yielded, "somebody else deleted it");
  }

  void let_in() {
    // The configuration has one of that name now; and what has all it wants stands.
    if (!same_process())
      return there() == now_.address ? enter(Stage::present) : yield_to_another();
    const bool unchecked =
        stats::switched_off(server()->check_state) && hold(Setting::health) == nullptr;
    if (!unchecked && joined()) return enter(Stage::present);
    if (overdue() && !late()) return give_up();
    if (unchecked) return tell({{Verb::enable_health}});
    if (stats::switched_off(server()->agent_state) && hold(Setting::agent) == nullptr) {
      return tell({{Verb::enable_agent}});
    }
    if (hold(Setting::state) != nullptr || !idle_in_maintenance()) {
      return wait("no check has passed yet");
    }
    if (now_.let_in) return enter(Stage::yielded, "somebody else keeps it in maintenance");
    // The safe return of a server that was configured to be ready.
    draft_.put(fresh_hold(draft_.book(), world_, view_, now_.target, *server(), Setting::state));
    now_.let_in = true;
    wait("waiting for a check to pass");
  }

  // One that served before the reload is let in even if nobody looked in time.
  [[nodiscard]] bool late() const {
    return now_.served && hold(Setting::state) == nullptr && idle_in_maintenance();
  }
  [[nodiscard]] bool idle_in_maintenance() const {
    return !state_is_wished() && observe(Setting::state, *server()).level == kMaint;
  }
  [[nodiscard]] bool state_is_wished() const {
    return shelf() != nullptr && std::ranges::any_of(shelf()->live, [](const Override* each) {
             return aspect_of(each->value.setting) == Setting::state;
           });
  }

  // In service; or would be, if nobody wished its state to be another.
  [[nodiscard]] bool joined() const {
    if (!server()->running() || server()->in_maint()) return false;
    const Hold* held = hold(Setting::state);
    return held == nullptr ||
           (state_is_wished() && held->confirmed == Confirmed::yes && !held->returning);
  }

  // One that served before the reload is like any other server that is down.
  void give_up() {
    const std::string why =
        fmt::format("no check of it passed within {} s", now_.patience.count() / 1000);
    if (now_.served) return enter(Stage::present, why);
    enter(Stage::undoing, why);
    undo();
  }

  void stand() {
    if (server() == nullptr) return lose();
    if (!same_process()) enter(Stage::ended, "the configuration of HAProxy has it now");
  }

  // Nobody else knew it, so nobody waits for its sessions.
  void undo() {
    if (server() == nullptr) return enter(Stage::failed, reason());
    if (!same_process() && !now_.epoch.empty()) {
      return enter(Stage::ended, "the configuration of HAProxy has it now");
    }
    end_wishes("it is taken away again: " + reason());
    if (observe(Setting::state, *server()).level != kMaint) return rest();
    forget_server();
    tell({{Verb::shutdown_sessions}, {Verb::del_server}});
  }

  // Goes back to what it was in at first, maintenance: as all that tightens, when the gate allows.
  void rest() {
    const Value aim{Setting::state, kMaint};
    const Hold* held = shelf() == nullptr ? nullptr : shelf()->find(Setting::state);
    Hold back = held != nullptr ? *held
                                : fresh_hold(draft_.book(), world_, view_, now_.target, *server(),
                                             Setting::state);
    back.baseline = aim;
    if (held == nullptr || *held != back) draft_.put(std::move(back));
    Gate gate(draft_.book(), world_.policy.limits, view_, world_.now, false);
    const auto refusal = gate.check({{server()->backend, server()->name}, aim});
    wait(refusal ? fmt::format("{}{}{}", reason(), kMeanwhile, refusal->detail) : reason());
  }

  [[nodiscard]] std::string reason() const {
    return now_.detail.substr(0, now_.detail.find(kMeanwhile));
  }
};

}  // namespace

void join(Draft& draft, const World& world, const View& view, const Done* done,
          const Membership& membership, std::vector<Step>& steps) {
  Joining(draft, world, view, done, membership, steps).run();
}

}  // namespace steward::control
