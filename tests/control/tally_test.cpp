#include "steward/control/tally.hpp"

#include <catch2/catch_test_macros.hpp>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

// The same by going through all of it.
Tally counted(const Book& book) {
  Tally tally;
  for (const auto& [target, shelf] : book.shelves("lb1")) {
    for (const Override* each : shelf.live) tally.add(*each);
    for (const Hold& each : shelf.holds) tally.add(each);
  }
  return tally;
}

bool same(const Tally& a, const Tally& b) {
  for (std::size_t i = 0; i < kGuardCount; ++i) {
    if (a.waiting(static_cast<Guard>(i)) != b.waiting(static_cast<Guard>(i))) return false;
  }
  return a.returns_held() == b.returns_held() && a.unclear() == b.unclear() &&
         a.stuck() == b.stuck();
}

}  // namespace

TEST_CASE("what waits is counted by its guard, until it waits no more") {
  Scene scene(2);
  scene.settle();
  scene.fire("Sick", "web1");
  scene.settle();
  CHECK(scene.book.tally().waiting(Guard::min_available) == 0);
  scene.fire("Sick", "web2");
  scene.settle();
  CHECK(scene.book.tally().waiting(Guard::min_available) == 1);
  scene.resolve("Sick", "web2");
  scene.settle();
  CHECK(scene.book.tally().waiting(Guard::min_available) == 0);
  CHECK(same(scene.book.tally(), counted(scene.book)));
}

TEST_CASE("what fail open suspends is counted, until it is in force again") {
  Scene scene(2);
  scene.settle();
  scene.fire("Sick", "web1");
  scene.settle();
  scene.server("web2").alive = false;
  scene.pass(5s);
  CHECK(scene.book.tally().waiting(Guard::suspended) == 1);
  CHECK(same(scene.book.tally(), counted(scene.book)));
  scene.server("web2").alive = true;
  for (int i = 0; i < 30; ++i) scene.pass(5s);
  CHECK(scene.book.tally().waiting(Guard::suspended) == 0);
  CHECK(same(scene.book.tally(), counted(scene.book)));
}

TEST_CASE("a hold is counted as it is now, and no longer when it is gone") {
  Book book;
  Hold hold;
  hold.target = {"lb1", "web", "web1"};
  hold.unclear = true;
  book.put(hold);
  book.put(hold);
  CHECK(book.tally().unclear() == 1);
  hold.unclear = false;
  hold.stuck = true;
  book.put(hold);
  CHECK(book.tally().unclear() == 0);
  CHECK(book.tally().stuck() == 1);
  book.drop_hold(hold.target, Setting::weight);
  CHECK(book.tally().stuck() == 1);
  book.drop_hold(hold.target, Setting::state);
  CHECK(book.tally().stuck() == 0);
}

TEST_CASE("an override whose way back is held is counted as a return") {
  Book book;
  Override override;
  override.id = "1";
  override.target = {"lb1", "web", "web1"};
  override.phase = Phase::releasing;
  book.put(override);
  CHECK(book.tally().returns_held() == 0);
  override.guard = Guard::min_available;
  book.put(override);
  CHECK(book.tally().returns_held() == 1);
  book.erase("1");
  CHECK(book.tally().returns_held() == 0);
}
