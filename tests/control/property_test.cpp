// Whatever happens, in whatever order: lives made up by chance, from a seed that a failure prints.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "control/scene.hpp"

using namespace steward;
using namespace steward::control;
using namespace steward::control::test;

namespace {

constexpr int kLives = 300, kEvents = 60;

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}
  int below(int most) { return std::uniform_int_distribution<int>(0, most - 1)(engine_); }
  std::string server() { return fmt::format("web{}", below(4) + 1); }
  std::string alert() {
    constexpr const char* kNames[] = {"Sick", "Broken", "Slow", "Dead", "Blind"};
    return kNames[below(5)];
  }
  Value value() {
    const Value values[] = {
        {Setting::state, kDrain},     {Setting::state, kMaint},   {Setting::state, kReady},
        {Setting::weight, 30},        {Setting::weight, 0},       {Setting::weight, 200},
        {Setting::health, kUp},       {Setting::health, kDown},   {Setting::health, kByChecks},
        {Setting::checks, kDisabled}, {Setting::checks, kEnabled}};
    return values[below(11)];
  }

 private:
  std::mt19937 engine_;
};

// One thing that may happen without anybody changing HAProxy by hand.
void happen(Scene& scene, Chance& chance, std::int64_t at) {
  switch (chance.below(9)) {
    case 0:
    case 1:
    case 2:
      scene.fire(chance.alert(), chance.server(), Time{std::chrono::seconds(at / 8 + 1)});
      break;
    case 3:
      scene.resolve(chance.alert(), chance.server());
      break;
    case 4:
      scene.act(chance.value(), chance.server());
      break;
    case 5:
      scene.pass(std::chrono::seconds(chance.below(600)));
      break;
    case 6:
      scene.haproxy.reload();
      scene.look();
      break;
    case 7:
      scene.haproxy.deaf = chance.below(3) == 0;
      break;
    default:
      scene.settle();
  }
}

void end_everything(Scene& scene) {
  scene.haproxy.deaf = false;
  for (int i = 0; i < 3; ++i) {
    scene.pass(std::chrono::hours(25));  // every lease
    for (int n = 0; n < 60; ++n) scene.pass(1s);
  }
}

bool as_configured(const FakeHAProxy::Server& server) {
  return server.admin == 0 && server.weight == server.initial && server.checks &&
         server.operational == 2;
}

}  // namespace

TEST_CASE("no sequence of alerts and actions takes a backend below its floor") {
  for (unsigned seed = 0; seed < kLives; ++seed) {
    Scene scene;
    Chance chance(seed);
    for (int i = 0; i < kEvents; ++i) {
      happen(scene, chance, i);
      CAPTURE(seed, i);
      REQUIRE(scene.usable_servers() >= 2);
    }
  }
}

TEST_CASE("when every wish has ended, every server is as it was configured") {
  for (unsigned seed = 0; seed < kLives; ++seed) {
    Scene scene;
    Chance chance(seed);
    for (int i = 0; i < kEvents; ++i) happen(scene, chance, i);
    end_everything(scene);
    CAPTURE(seed);
    CHECK(scene.book.live_count() == 0);
    CHECK((scene.book.instance("lb1") == nullptr || scene.book.instance("lb1")->empty()));
    for (const auto& [name, server] : scene.haproxy.backends["web"]) {
      CAPTURE(name, server.admin, server.weight, server.checks, server.operational);
      CHECK(as_configured(server));
    }
  }
}

TEST_CASE("at rest HAProxy is told nothing") {
  for (unsigned seed = 0; seed < kLives; ++seed) {
    Scene scene;
    Chance chance(seed);
    for (int i = 0; i < kEvents; ++i) happen(scene, chance, i);
    scene.haproxy.deaf = false;
    for (int i = 0; i < 60; ++i) scene.pass(1s);
    CAPTURE(seed);
    CHECK(scene.compare().empty());
    CHECK(scene.compare().empty());
  }
}

TEST_CASE("which wish came first makes no difference") {
  for (unsigned seed = 0; seed < kLives; ++seed) {
    Chance chance(seed);
    std::vector<std::pair<std::string, std::string>> alerts;
    for (int i = 0; i < 4; ++i) alerts.emplace_back(chance.alert(), "web1");
    const auto play = [](const auto& all) {
      Scene scene;
      for (const auto& [name, server] : all) {
        scene.fire(name, server);
        scene.settle();
      }
      for (int i = 0; i < 5; ++i) scene.pass(1s);
      const auto& server = scene.server("web1");
      return std::tuple(server.admin, server.weight, server.checks);
    };
    const auto forwards = play(alerts);
    std::reverse(alerts.begin(), alerts.end());
    CAPTURE(seed);
    CHECK(play(alerts) == forwards);
  }
}
