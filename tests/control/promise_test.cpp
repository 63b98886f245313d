// The two promises, over lives of everything that can happen. A failure prints the events of the
// shortest life that breaks one, and how.
#include <catch2/catch_test_macros.hpp>

// rapidcheck.h must come before what it shows.
#include <rapidcheck.h>

#include "control/plays.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

using Events = std::vector<LifeEvent>;

rc::Gen<Events> lives_of(const Play& play) {
  return rc::gen::container<Events>(rc::gen::build<LifeEvent>(
      rc::gen::set(&LifeEvent::what, rc::gen::elementOf(play.events)),
      rc::gen::set(&LifeEvent::server, rc::gen::inRange(0U, static_cast<unsigned>(play.servers))),
      rc::gen::set(&LifeEvent::which, rc::gen::inRange(0U, 77U)),
      rc::gen::set(&LifeEvent::amount,
                   rc::gen::oneOf(rc::gen::inRange(0U, 5U), rc::gen::inRange(0U, 200U)))));
}

template <class Property>
void always(const Property& property) {
  const auto result = rc::detail::checkTestable(property);
  std::ostringstream report;
  rc::detail::printResultMessage(result, report);
  INFO(report.str());
  CHECK(result.template is<rc::detail::SuccessResult>());
}

// The first broken promise of a life.
std::string play_out(const Play& play, const Events& events, bool drain_is_change,
                     bool to_the_end) {
  Scene scene = scene_of(play, drain_is_change);
  Judge judge(scene);
  if (play.trusts_agents) judge.believe_agents();
  for (const LifeEvent& event : events) {
    judge.happen(event);
    if (!judge.broken().empty()) return judge.broken();
  }
  if (to_the_end) judge.end();
  return judge.broken();
}

void check_promise(const std::vector<Play>& plays, char which) {
  for (const Play& play : plays) {
    DYNAMIC_SECTION(play.name) {
      always([&] {
        const auto drain_is_change = *rc::gen::arbitrary<bool>();
        const Events life = *lives_of(play);
        const std::string broken = play_out(play, life, drain_is_change, which == '2');
        if (!broken.empty() && broken[0] == which) RC_FAIL(broken);
      });
    }
  }
}

// As a failure prints them.
struct BrokenOnce {
  std::string play;
  Events events;
};

const BrokenOnce kOnceBroken[] = {
    // What a person settled was not what a file was held against.
    {"disabled servers",
     {{What::lend, 2, 14, 0},
      {What::pass, 0, 0, 0},
      {What::replace, 0, 11, 0},
      {What::lend, 2, 2, 0},
      {What::pass, 0, 0, 2},
      {What::replace, 0, 47, 0}}},
    // A slot without an address waited for a check that never came, and was left drained.
    {"slots",
     {{What::fire, 1, 29, 0},
      {What::act, 2, 55, 0},
      {What::reload, 0, 0, 0},
      {What::fire, 1, 14, 0},
      {What::release, 0, 3, 0},
      {What::fire, 2, 36, 0},
      {What::pass, 0, 0, 0}}},
};

}  // namespace

TEST_CASE("lives that once broke a promise break none") {
  for (const BrokenOnce& life : kOnceBroken) {
    for (const Play& play : plays_of_the_end()) {
      if (play.name == life.play) CHECK(play_out(play, life.events, false, true) == "");
    }
  }
}

TEST_CASE("no command takes a backend below its floor") {
  check_promise(plays_of_the_floor(), '1');
}

TEST_CASE("no server serves against the word of its agent") {
  check_promise(plays_of_agents(), '3');
}

TEST_CASE("when all wishes have ended everything is as it would be without them") {
  check_promise(plays_of_the_end(), '2');
}

TEST_CASE("where nobody wishes anything HAProxy is told nothing, and no promise is broken") {
  for (Play play : plays_of_the_end()) {
    std::erase_if(play.events, [](What what) {
      constexpr What kWishes[] = {What::fire,  What::act, What::lend,
                                  What::climb, What::add, What::remove};
      return std::ranges::find(kWishes, what) != std::end(kWishes);
    });
    DYNAMIC_SECTION(play.name) {
      always([&] { RC_ASSERT(play_out(play, *lives_of(play), false, true).empty()); });
    }
  }
}
