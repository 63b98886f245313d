#include "model/stage.hpp"

#include <algorithm>

#include "steward/control/aspect.hpp"
#include "steward/control/read_back.hpp"

namespace steward::control::test {
namespace {

// HAProxy tells ages in whole seconds: so much later is surely later.
constexpr auto kMoment = std::chrono::seconds(2);
// Longer than the steward may look away (kAway of baseline.cpp).
constexpr auto kAbsence = std::chrono::minutes(11);

Command by_hand_command(const std::string& value) {
  if (value == "ready") return {Verb::state_ready};
  return {value == "drain" ? Verb::state_drain : Verb::state_maint};
}

// As one command says it.
std::string told_text(const Step& step) {
  const std::string server = step.target.server;
  switch (step.commands.at(0).verb) {
    case Verb::state_ready:
      return server + " state ready";
    case Verb::state_drain:
      return server + " state drain";
    case Verb::state_maint:
      return server + " state maint";
    case Verb::weight:
      return fmt::format("{} weight {}", server, step.commands[0].weight);
    case Verb::enable_health:
      return server + " checks on";
    case Verb::disable_health:
      return server + " checks off";
    default:
      return server + " ?";
  }
}

FakeServer server_of(const Scenario::Server& of, bool dead) {
  FakeServer made;
  made.rise = 1;
  made.fall = 2;
  made.initial = of.weight;
  made.disabled = of.maint;
  made.backup = of.backup;
  made.has_checks = of.checked && of.tracks.empty();
  made.alive = !dead;
  made.begin();
  return made;
}

}  // namespace

Stage::Stage(const Scenario& scenario) : scenario_(scenario) {
  set_limits();
  build_servers();
  if (!scenario.rollout.empty()) begin_rollout();
  look();
}

// Of the guards only the floors are on. Nothing ends by itself.
void Stage::set_limits() {
  Policy& policy = scene_.policy;
  BackendLimits& limits = policy.limits.defaults;
  limits.min_available_count = scenario_.floor_count;
  limits.min_available_percent = scenario_.floor_percent;
  limits.max_overridden_percent = limits.mass_alert_percent = 1000;
  policy.limits.calm = 2 * kRound;
  policy.limits.carry = 3 * kRound + kMoment;
  policy.limits.verify_after = kEver;
  policy.manual_lease = 0ms;
  for (Rule& rule : policy.rules) rule.lease = kEver;
}

// As they are after two checks of each.
void Stage::build_servers() {
  for (const Scenario::Server& each : scenario_.servers) {
    FakeServer made = server_of(each, scenario_.dead.contains(each.name));
    if (!each.tracks.empty()) made.tracks = path(each.tracks);
    made.be_checked(0);
    made.be_checked(0);
    scene_.haproxy.backends[each.backend][each.name] = made;
  }
}

void Stage::begin_rollout() {
  scene_.look();
  RolloutRequest request;
  request.backend = "web";
  for (const std::string& name : scenario_.rollout) request.pairs.push_back({name, "", ""});
  request.terms.drain_timeout = request.terms.health_timeout = kEver;
  request.terms.soak = 0ms;
  request.terms.rollback = false;
  const auto begun = scene_.ask([&](Draft& draft, const World& at) {
    return start_rollout(draft, at, request, scene_.caller);
  });
  if (!begun) throw std::runtime_error("no rollout: " + begun.error().detail);
}

std::string Stage::play(const Words& words) { return joined(happen(words)); }

Stage::Told Stage::happen(const Words& words) {
  const std::string& what = words.at(0);
  if (what == "round" || what == "kill" || what == "person") pass();
  if (what == "round") return round();
  if (what == "kill") return round(std::stoul(words.at(1)));
  if (what == "person") return ask(words);
  if (what == "die" || what == "live") {
    scene_.server(path(words.at(1))).alive = what == "live";
  } else if (what == "check") {
    check(words.at(1));
  } else if (what == "hand") {
    by_hand(words);
  } else if (what == "alert" || what == "resolved") {
    if (what == "alert") look();
    scene_.blind = true;  // it is judged in the next round
    const Time starts{std::chrono::seconds(++alerts_)};
    scene_.deliver({Scene::alert("Sick", path(words.at(1)), what == "alert", starts)});
    scene_.blind = false;
  } else if (what == "forced") {
    force(words.at(1));
  } else if (what == "released") {
    release(words.at(1), words.at(2), setting_of(words.at(3)));
  } else if (what == "steward down") {
    up_ = false;
    scene_.begin_again();
  } else if (what == "steward up") {
    up_ = true;
    look();
  } else if (what == "save") {
    scene_.now += kMoment;
    scene_.haproxy.advance(scene_.now);
    scene_.haproxy.save();
  } else if (what == "restart") {
    restart(words.at(1));
  } else {
    throw std::runtime_error("no event " + what);
  }
  return {};
}

// The steward sees that one is under way, and that it has ended.
void Stage::check(const std::string& name) {
  FakeServer& server = scene_.server(path(name));
  const auto witness = [&] {
    if (!up_) return;
    scene_.look();
    scene_.book.witness("lb1").look(scene_.sight(), scene_.policy.limits);
  };
  scene_.haproxy.advance(scene_.now);
  server.checking = true;
  witness();
  server.be_checked(scene_.haproxy.clock);
  witness();
}

void Stage::by_hand(const Words& words) {
  scene_.haproxy.advance(scene_.now);
  scene_.haproxy.touch(scene_.server(path(words.at(1))), by_hand_command(words.at(3)));
  if (up_) look();
}

// A person's wish is judged in the round that follows, after those that are older.
Stage::Told Stage::ask(const Words& words) {
  const std::string& name = words.at(2);
  const Setting setting = setting_of(words.at(3));
  look();
  std::string id;
  scene_.decide([&](Draft& draft, const World& at) {
    ManualAction asked = Scene::action(value_of(setting, words.at(4)), path(name));
    asked.force = true;
    Report report = take(draft, at, std::vector{asked}, alice_);
    for (const Outcome& outcome : report.outcomes) {
      if (outcome.did != Did::created) continue;
      Override wish = *draft.book().find(outcome.override_id);
      id = wish.id;
      wish.forced = false;
      wish.admitted.reset();
      draft.put(std::move(wish));
    }
    return report;
  });
  return judge(words, id);
}

// What the round holds is refused.
Stage::Told Stage::judge(const Words& words, const std::string& id) {
  Told told = round();
  const auto tail = std::find_if(told.begin(), told.end(),
                                 [](const std::string& each) { return each.starts_with("held "); });
  const Override* wish = id.empty() ? nullptr : scene_.book.find(id);
  if (wish == nullptr || !live(wish->phase) || wish->phase == Phase::releasing) {
    told.insert(tail, words.at(4) == "ready" ? "fulfilled" : "refused");
  } else if (waits(*wish)) {
    told.insert(tail, "refused");
    scene_.release(id);
  }
  return told;
}

void Stage::force(const std::string& name) {
  ManualAction asked = Scene::action({Setting::state, kDrain}, path(name));
  asked.force = true;
  look();
  scene_.act(asked, root_);
}

const Override* Stage::wish(const std::string& owner, const std::string& name,
                            Setting setting) const {
  const Book::Shelf* shelf = scene_.book.shelf(target(name));
  if (shelf == nullptr) return nullptr;
  for (const Override* each : shelf->live) {
    const bool same = aspect_of(each->value.setting) == aspect_of(setting) &&
                      owner_word(*each) == owner && each->phase != Phase::releasing;
    if (same) return each;
  }
  return nullptr;
}

void Stage::release(const std::string& owner, const std::string& name, Setting setting) {
  const Override* found = wish(owner, name, setting);
  if (found != nullptr) scene_.release(found->id);
}

// The steward, if it is up, looks before and after.
void Stage::restart(const std::string& file) {
  using File = FakeHAProxy::File;
  scene_.now += up_ ? std::chrono::milliseconds(kMoment) : kAbsence;
  if (up_) look();
  scene_.haproxy.advance(scene_.now);
  scene_.haproxy.restart(file == "none"     ? File::none
                         : file == "newest" ? File::newest
                         : file == "older"  ? File::older
                                            : File::just_written);
  scene_.now += kMoment;
  if (up_) look();
}

// Rounds come every half a minute, whatever happens between them.
void Stage::pass() {
  while (next_ <= scene_.now) next_ += kRound;
  scene_.now = next_;
}

void Stage::look(const std::vector<Done>& done) {
  scene_.look();
  scene_.decide([&](Draft& draft, const World& at) {
    ReadBack back(draft, at, scene_.sight(), done);
    back.look();
    back.settle();
    return Report();
  });
}

// Looks, decides, tells, and reads back; or is killed after so many commands, and starts again.
Stage::Told Stage::round(std::optional<std::size_t> killed_after) {
  scene_.look();
  const std::set<std::string> resting = rests();
  const auto steps = scene_.compare();
  for (const std::string& name : resting) {
    if (!rests().contains(name)) scene_.server(path(name)).alive = true;
  }
  const Told held = held_returns(steps);
  Told told;
  std::vector<Done> done;
  tell(steps, killed_after.value_or(steps.size()), told, done);
  if (killed_after) {
    scene_.begin_again();
    return told;
  }
  look(done);
  told.insert(told.end(), held.begin(), held.end());
  return told;
}

void Stage::tell(const std::vector<Step>& steps, std::size_t most, Told& told,
                 std::vector<Done>& done) {
  for (const Step& step : steps) {
    if (told.size() == most) return;
    scene_.haproxy.apply(step);
    told.push_back(told_text(step));
    done.push_back({step.target, step.aspect, "command", "", {}, step.subject, true});
  }
}

// What a rollout has put into maintenance: it is made well there.
std::set<std::string> Stage::rests() const {
  std::set<std::string> names;
  for (const auto& [id, rollout] : scene_.book.rollouts()) {
    for (const RolloutStep& step : rollout.steps) {
      if (live(rollout.phase) && step.stage == StepStage::approval) names.insert(step.out);
    }
  }
  return names;
}

// What ends into a stricter baseline, and waits for room.
Stage::Told Stage::held_returns(const std::vector<Step>& steps) const {
  std::set<std::string> held;
  for (const Scenario::Server& server : scenario_.servers) {
    const Book::Shelf* shelf = scene_.book.shelf(target(server.name));
    if (shelf == nullptr) continue;
    for (const Override* each : shelf->live) {
      const Setting aspect = aspect_of(each->value.setting);
      const bool leaves = std::ranges::any_of(steps, [&](const Step& step) {
        return step.target == each->target && step.aspect == aspect;
      });
      if (each->phase != Phase::releasing || each->guard == Guard::none || leaves) continue;
      const bool wished = std::ranges::any_of(shelf->live, [&](const Override* other) {
        return aspect_of(other->value.setting) == aspect && other->phase != Phase::releasing;
      });
      if (wished) continue;
      held.insert(fmt::format("held {} {}", server.name, text_of(each->value.setting)));
    }
  }
  return {held.begin(), held.end()};
}

}  // namespace steward::control::test
