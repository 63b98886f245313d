// The life of a steward: alerts, requests, releases, servers added and removed, rollouts, time,
// reloads, restarts, deaf HAProxies, commands refused, people, sick servers, in any order.
//   - Never fewer servers are usable than the guards promise, unless a person or an illness does
//   it.
//   - A steward that starts again knows all the one before knew.
//   - When all is asked to end, all does: every override, membership and rollout is in a terminal
//     phase, nothing is held, every server is as configured (unless a person changed it).
//   - Then HAProxy is told nothing more.
#include "events.hpp"
#include "require.hpp"

#include "control/photo.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;
using steward::fuzz::require;

namespace {

class Course {
 public:
  // The lowest bits of `kind` say who else may do something.
  explicit Course(unsigned kind) : people_((kind & 1U) != 0), illness_((kind & 2U) != 0) {
    scene_.haproxy.algorithms["web"] = (kind & 4U) != 0 ? "leastconn" : "roundrobin";
  }

  void play(const Event& event) {
    if (event.what == What::touch && !people_) return;
    if (event.what == What::fall_ill && !illness_) return;
    if (event.what == What::restart) check_memory();
    happen(scene_, event);
    if (!people_ && !illness_) check_floor();
  }

  void end() {
    recover();
    for (int round = 0; round < 5; ++round) {
      ask_for_the_end();
      rest(scene_, 5s);
      if (all_is_over()) break;
      scene_.pass(25h);
    }
    require(all_is_over());
    for (const ServerRef& target : scene_.targets()) require(scene_.book.shelf(target) == nullptr);
    if (!people_) check_servers();
    const auto told = scene_.haproxy.told;
    rest(scene_, 10s);
    require(scene_.haproxy.told == told);
  }

 private:
  // Half of those there ever were at once, and one.
  void check_floor() {
    const auto there = scene_.haproxy.backends["web"].size();
    fewest_ = std::min(fewest_, there);
    require(scene_.usable_servers() >= std::max<std::size_t>(1, (fewest_ + 1) / 2));
  }

  void check_memory() const {
    const Book again = scene_.reloaded();
    require(photo_of(again, scene_.targets()) == photo_of(scene_.book, scene_.targets()));
    require(live_ones(again.memberships()) == live_ones(scene_.book.memberships()));
    require(live_ones(again.rollouts()) == live_ones(scene_.book.rollouts()));
  }

  void recover() {
    scene_.haproxy.deaf = false;
    scene_.haproxy.refused.clear();
    for (auto& [name, server] : scene_.haproxy.backends["web"]) {
      server.alive = true;
      server.sessions = 0;
    }
    for (auto& [name, server] : scene_.haproxy.configured["web"]) server.alive = true;
  }

  void ask_for_the_end() {
    steer_one(scene_, 0, RolloutChange::abort);
    for (auto left = live_ones(scene_.book.memberships()).size(); left > 0; --left) {
      let_one_be(scene_, static_cast<unsigned>(left) - 1);
    }
    for (int i = 0; i < 32; ++i) release_any(scene_, 0);
  }

  [[nodiscard]] bool all_is_over() const {
    return scene_.book.live_count() == 0 && live_ones(scene_.book.memberships()).empty() &&
           live_ones(scene_.book.rollouts()).empty();
  }

  void check_servers() {
    for (const auto& [name, server] : scene_.haproxy.backends["web"]) {
      require(server.admin == 0 && server.weight == server.initial);
      require(server.operational == 2 && server.checks);
    }
  }

  const bool people_, illness_;
  Scene scene_;
  std::size_t fewest_ = 4;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Course course(data[0]);
  for (const Event& event : fuzz::events_of(data + 1, size - 1)) course.play(event);
  course.end();
  return 0;
}
