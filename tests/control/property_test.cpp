// Whatever happens, in whatever order. A failure prints the events of the shortest life that fails.
#include <catch2/catch_test_macros.hpp>

// rapidcheck.h must come before what it shows.
#include <rapidcheck.h>

#include <algorithm>
#include <tuple>

#include "control/life.hpp"
#include "control/photo.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

using Life = std::vector<LifeEvent>;

// Lives of alerts and actions, without the events that a property does not speak of.
rc::Gen<Life> lives(const std::vector<What>& without = {}) {
  std::vector<What> all;
  for (int i = 0; i <= static_cast<int>(What::touch); ++i) {
    const What what{i};
    // Most of what happens is alerts.
    const std::size_t weight = what == What::fire ? 4 : 1;
    if (std::ranges::find(without, what) == without.end()) all.insert(all.end(), weight, what);
  }
  return rc::gen::container<Life>(
      rc::gen::build<LifeEvent>(rc::gen::set(&LifeEvent::what, rc::gen::elementOf(all)),
                                rc::gen::set(&LifeEvent::server, rc::gen::inRange(0U, 4U)),
                                rc::gen::set(&LifeEvent::which, rc::gen::inRange(0U, 11U)),
                                rc::gen::set(&LifeEvent::amount, rc::gen::inRange(0U, 600U))));
}

// Catch2 asserts, so that a failure is the test's; rapidcheck's report is its message.
template <class Property>
void hold(const Property& property) {
  const auto result = rc::detail::checkTestable(property);
  std::ostringstream report;
  rc::detail::printResultMessage(result, report);
  INFO(report.str());
  CHECK(result.template is<rc::detail::SuccessResult>());
}

}  // namespace

TEST_CASE("no sequence of alerts, actions, reloads and losses takes a backend below its floor") {
  hold([] {
    const Life life = *lives({What::touch});
    Scene scene;
    for (const LifeEvent& event : life) {
      happen(scene, event);
      RC_ASSERT(scene.usable_servers() >= 2);
    }
  });
}

TEST_CASE("the floor counts servers that track others") {
  hold([] {
    const Life life = *lives({What::touch});
    Scene scene;
    scene.haproxy.backends["api"]["api1"].tracks = "web/web1";
    scene.haproxy.backends["api"]["api2"].tracks = "web/web2";
    scene.look();
    for (const LifeEvent& event : life) {
      happen(scene, event);
      RC_ASSERT(scene.usable_servers("api") >= 1);
      RC_ASSERT(scene.usable_servers("web") >= 2);
    }
  });
}

TEST_CASE("when every wish has ended, every server is as it was configured") {
  hold([] {
    const Life life = *lives({What::touch});
    Scene scene;
    for (auto& [name, server] : scene.haproxy.backends["web"]) {
      server.agent = server.has_agent = true;
      server.agent_says.clear();  // an "up" would undo a health that is pinned down
    }
    for (const LifeEvent& event : life) happen(scene, event);
    end_everything(scene);
    RC_ASSERT(scene.book.live_count() == 0);
    for (const auto& [name, server] : scene.haproxy.backends["web"]) {
      RC_ASSERT(scene.nothing_of_ours(name));
      RC_ASSERT(server.admin == 0);
      RC_ASSERT(server.weight == server.initial);
      RC_ASSERT(server.operational == 2);
      RC_ASSERT(server.checks);
      RC_ASSERT(server.agent);
    }
  });
}

TEST_CASE("when every wish has ended nothing is held, whatever people did at HAProxy") {
  hold([] {
    const Life life = *lives();
    Scene scene;
    for (const LifeEvent& event : life) happen(scene, event);
    end_everything(scene);
    for (int i = 0; i < 8; ++i) release_any(scene, 0);  // a manual "ready" has no lease
    rest(scene);
    const auto told = scene.haproxy.told;
    rest(scene);
    RC_ASSERT(scene.haproxy.told == told);
    // What goes back to something stricter waits where people left too few servers.
    const auto held = [](const Override* each) {
      return each->phase == Phase::releasing && each->guard == Guard::min_available;
    };
    RC_ASSERT(std::ranges::all_of(scene.book.all_live(), held));
    for (const ServerRef& target : scene.targets()) {
      const Book::Shelf* shelf = scene.book.shelf(target);
      const bool waits = shelf != nullptr && !shelf->live.empty();
      RC_ASSERT(waits || scene.nothing_of_ours(target.server));
    }
  });
}

TEST_CASE("at rest HAProxy is told nothing, and nothing is written down") {
  hold([] {
    const Life life = *lives();
    Scene scene;
    for (const LifeEvent& event : life) happen(scene, event);
    rest(scene);
    rest(scene);
    const auto lines = scene.audit.size();
    RC_ASSERT(scene.compare().empty());
    RC_ASSERT(scene.compare().empty());
    RC_ASSERT(scene.audit.size() == lines);
  });
}

TEST_CASE("which wish came first makes no difference") {
  hold([] {
    const auto whichs = *rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0U, 5U));
    auto other = whichs;
    std::ranges::reverse(other);
    const auto play = [](const std::vector<unsigned>& all) {
      Scene scene;
      for (const unsigned which : all) {
        scene.fire(alert_of(which), "web1");
        scene.settle();
      }
      for (int i = 0; i < 5; ++i) scene.pass(1s);
      const auto& server = scene.server("web1");
      return std::tuple(server.admin, server.weight, server.checks);
    };
    RC_ASSERT(play(whichs) == play(other));
  });
}

TEST_CASE("a draft that is not kept leaves the book as it was, whatever it held") {
  hold([] {
    const Life before = *lives();
    const Life after = *lives({What::pass, What::settle});
    Scene scene;
    for (const LifeEvent& event : before) happen(scene, event);
    const Photo was = photo_of(scene.book, scene.targets());
    scene.keeping = false;
    for (const LifeEvent& event : after) {
      happen(scene, event);
      RC_ASSERT(photo_of(scene.book, scene.targets()) == was);
    }
  });
}

TEST_CASE("a book filled again from what the ledger was told is the same book") {
  hold([] {
    const Life life = *lives();
    Scene scene;
    for (const LifeEvent& event : life) happen(scene, event);
    RC_ASSERT(photo_of(scene.reloaded(), scene.targets()) == photo_of(scene.book, scene.targets()));
  });
}
