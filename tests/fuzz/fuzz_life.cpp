// The life of a steward: alerts, requests of two people, releases, ramps, leases, servers added and
// removed, rollouts, time, reloads, restarts with state files, a steward that is away or killed,
// deaf HAProxies, commands refused, people at HAProxy, sick servers, agents, DNS, in any order. The
// first two bytes say what the servers are like and who else may do something.
//   - No command takes a backend below its floor.
//   - A steward that starts again knows all the one before knew.
//   - When all is asked to end, all does: every override, membership and rollout is in a terminal
//     phase, and everything is as it would be without the steward.
//   - Then HAProxy is told nothing more.
#include <cstdio>

#include "events.hpp"
#include "require.hpp"

#include "control/judge.hpp"
#include "control/photo.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;
using steward::fuzz::require;

namespace {

class Course {
 public:
  explicit Course(unsigned kind) : people_((kind & 1U) != 0), illness_((kind & 2U) != 0) {
    scene_.haproxy.algorithms["web"] = (kind & 4U) != 0 ? "leastconn" : "roundrobin";
    scene_.haproxy.drain_is_change = (kind & 8U) != 0;
    prepare(kind >> 4U);
    scene_.look();
  }

  void play(const LifeEvent& event) {
    if (event.what == What::touch && !people_) return;
    if (event.what == What::fall_ill && !illness_) return;
    if (event.what == What::restart) check_memory();
    judge_.happen(event);
    check_promises();
  }

  void end() {
    judge_.end();
    check_promises();
    require(judge_.all_ended() || any_return_held());
    const auto told = scene_.haproxy.told;
    rest(scene_, 10s);
    require(scene_.haproxy.told == told);
  }

 private:
  // The bits say which of the servers is special, and how.
  void prepare(unsigned kind) {
    auto& servers = scene_.haproxy.backends["web"];
    auto& one = servers["web1"];
    if ((kind & 1U) != 0) one.has_agent = true;
    if ((kind & 2U) != 0) servers["web2"].slot = true;
    if ((kind & 4U) != 0) servers["web3"].initial = 0;
    if ((kind & 8U) != 0) servers["web4"].disabled = true;
    if ((kind & 16U) != 0) servers["web4"].backup = true;
    if ((kind & 32U) != 0) one.rise = one.fall = 1;
    if ((kind & 64U) != 0) servers["web2"].has_checks = false;
    if ((kind & 128U) != 0) {
      scene_.haproxy.backends["api"]["api1"].tracks = "web/web1";
      scene_.haproxy.backends["api"]["api2"].tracks = "web/web3";
    }
    for (auto& [name, server] : servers) server.begin();
    scene_.haproxy.check_all();
    for (auto& [name, server] : servers) server.last_change.reset();
  }

  void check_promises() const {
    if (judge_.broken().empty()) return;
    std::fputs((judge_.broken() + "\n").c_str(), stderr);
    require(false);
  }

  void check_memory() const {
    const Book again = scene_.reloaded();
    require(photo_of(again, scene_.targets()) == photo_of(scene_.book, scene_.targets()));
    require(live_ones(again.memberships()) == live_ones(scene_.book.memberships()));
    require(live_ones(again.rollouts()) == live_ones(scene_.book.rollouts()));
  }

  [[nodiscard]] bool any_return_held() const {
    return std::ranges::any_of(scene_.targets(), [&](const ServerRef& target) {
      return is_return_held(scene_, target, Setting::state) ||
             is_return_held(scene_, target, Setting::weight) ||
             is_return_held(scene_, target, Setting::health);
    });
  }

  const bool people_, illness_;
  Scene scene_;
  Judge judge_{scene_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  Course course(data[0] | static_cast<unsigned>(data[1]) << 8U);
  for (const LifeEvent& event : fuzz::events_of(data + 2, size - 2)) course.play(event);
  course.end();
  return 0;
}
