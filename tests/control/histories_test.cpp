// Every history of a setting, up to so many events: by hand, by overrides, by state files that are
// new or old. What the setting is in the end is what it were without us, or is shown as unclear.
#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "control/judge.hpp"

using namespace steward::control;
using namespace steward::control::test;

namespace {

using History = std::vector<LifeEvent>;

// Six in the long form, which takes minutes.
std::size_t most_events() {
  const char* text = std::getenv("STEWARD_HISTORIES");
  return text == nullptr ? 3 : std::strtoul(text, nullptr, 10);
}

// What may happen to web1; each is followed by a look.
std::vector<LifeEvent> events_of(Setting setting) {
  constexpr unsigned kDrain = 0, kWeight = 3, kDown = 7, kOff = 9;  // of value_of
  std::vector<LifeEvent> all{
      {What::release, 0, 0, 0}, {What::save, 0, 0, 0},
      {What::reload, 0, 0, 0},  {What::replace, 0, 1, 0},  // with the newest file
      {What::replace, 0, 2, 0},                            // with the one before
      {What::replace, 0, 3, 0}};                           // with one just written
  const auto add = [&](What what, unsigned which) { all.push_back({what, 0, which, 0}); };
  if (setting == Setting::state) {
    for (const unsigned which : {0U, 1U}) add(What::touch, which);  // ready, drain
    for (const unsigned which : {kDrain, 2U}) add(What::act, which);
  } else if (setting == Setting::weight) {
    add(What::touch, 3);
    add(What::act, kWeight);
  } else {
    for (const unsigned which : {4U, 5U}) add(What::touch, which);  // checks on, off
    for (const unsigned which : {kDown, kOff}) add(What::act, which);
  }
  return all;
}

std::string play(const History& history) {
  Scene scene(2);
  scene.look();
  Judge judge(scene);
  for (const LifeEvent& event : history) {
    judge.happen(event);
    judge.happen({What::pass, 0, 0, 3});
  }
  judge.end();
  return judge.broken();
}

// Plays the history, and every longer one that begins with it. Returns how many there were.
std::size_t play_all(History& history, const std::vector<LifeEvent>& events, std::size_t left) {
  if (left == 0) {
    const std::string broken = play(history);
    if (!broken.empty()) {
      std::ostringstream text;
      for (const LifeEvent& each : history) text << each << " | ";
      FAIL(text.str() << broken);
    }
    return 1;
  }
  std::size_t count = 0;
  for (const LifeEvent& each : events) {
    history.push_back(each);
    count += play_all(history, events, left - 1);
    history.pop_back();
  }
  return count;
}

}  // namespace

TEST_CASE("after every history a setting is what it were without us, or shown as unclear") {
  for (const Setting setting : {Setting::state, Setting::weight, Setting::health}) {
    DYNAMIC_SECTION(to_string(setting)) {
      History history;
      CHECK(play_all(history, events_of(setting), most_events()) > 100);
    }
  }
}
